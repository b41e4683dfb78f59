import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Most that the command prints, in bytes. */
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/** Runs the ledger's own `verify` command on a live server. Rejects with what it printed when an invariant is broken or cannot be checked. */
export async function verifyLedger(serverUrl: string): Promise<void> {
  const program = fileURLToPath(new URL('../../../apps/credits/src/verify.ts', import.meta.url));
  const env = { PATH: process.env['PATH'], DATABASE_URL: serverUrl };
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env,
    maxBuffer: OUTPUT_BYTES_MAX,
  }).catch((cause: unknown) => {
    const printed =
      cause instanceof Object && 'stdout' in cause && 'stderr' in cause
        ? `${String(cause.stdout)}${String(cause.stderr)}`
        : '';
    throw new Error(`the ledger did not verify, so nothing is reported:\n${printed}`, { cause });
  });
}
