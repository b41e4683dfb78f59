import { ConfigError } from '@turnpike/service-kit';
import { readVerifyConfig } from './config.ts';
import { reportFindings } from './domain/verification-report.ts';
import { sweepAllowanceSeconds } from './jobs/verification.ts';
import { openForVerification } from './stores/database.ts';
import { createVerificationStore } from './stores/verification-store.ts';

/** `verify`: checks every invariant of a live database and prints what is off. Exits with 1 when something is, with 2 when it cannot tell. */
async function verify(): Promise<number> {
  const config = readVerifyConfig();
  const database = openForVerification(config);
  try {
    const findings = await createVerificationStore(database).verify(sweepAllowanceSeconds(config.SWEEP_HOLDS_MS));
    process.stdout.write(reportFindings(findings));
    return findings.every((finding) => finding.violations === 0) ? 0 : 1;
  } finally {
    await database.close();
  }
}

try {
  process.exitCode = await verify();
} catch (error) {
  const message =
    error instanceof ConfigError
      ? error.message
      : `The ledger could not be verified: ${error instanceof Error ? error.message : String(error)}`;
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
