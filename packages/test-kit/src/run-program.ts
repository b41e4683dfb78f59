import { execFile } from 'node:child_process';
import { COMPILE_CACHE } from '@turnpike/local-stack/servers';

/** How a program ended, and what it said. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of ours to its end, as a process of its own.
 *
 * @param entry path of its TypeScript file
 * @param env its environment; of ours only `PATH` reaches it
 */
export async function runProgram(
  entry: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const options = { env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...env } };
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', entry, ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}
