import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { COMPILE_CACHE } from '@turnpike/local-stack/servers';
import { bundled } from './bundles/bundled.ts';

/** Most that the command prints, in bytes. */
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Runs the ledger's own `verify` command on a live database. Rejects with what it printed when an invariant is broken or cannot be checked.
 *
 * @param env the variables that name the database: `DATABASE_URL`, and `DATABASE_NAME` where it has another name than usual
 */
export async function verifyLedger(env: Readonly<Record<string, string>>): Promise<void> {
  const program = await bundled(fileURLToPath(new URL('../../../apps/credits/src/verify.ts', import.meta.url)));
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    maxBuffer: OUTPUT_BYTES_MAX,
  }).catch((cause: unknown) => {
    const printed =
      cause instanceof Object && 'stdout' in cause && 'stderr' in cause
        ? `${String(cause.stdout)}${String(cause.stderr)}`
        : '';
    throw new Error(`the ledger did not verify:\n${printed}`, { cause });
  });
}
