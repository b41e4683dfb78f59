import { fileURLToPath } from 'node:url';
import { runProgram, type ProgramResult } from '@turnpike/test-kit';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Runs auth's command in a process of its own. */
export const authCli = (env: Readonly<Record<string, string>>, ...args: string[]): Promise<ProgramResult> =>
  runProgram(CLI, args, env);
