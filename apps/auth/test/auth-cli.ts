import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** What a run of auth's command gave. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs auth's command in a process of its own. */
export async function authCli(env: Readonly<Record<string, string>>, ...args: string[]): Promise<CliResult> {
  try {
    const options = { env: { PATH: process.env['PATH'], ...env } };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', CLI, ...args],
      options,
    );
    return { stdout, stderr, code: 0 };
  } catch (error) {
    return z.object({ stdout: z.string(), stderr: z.string(), code: z.number() }).parse(error);
  }
}
