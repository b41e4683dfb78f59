import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../config.ts';
import { StackError } from '../stack-error.ts';

const BUILD_TIMEOUT_MS = 600_000;

/** Builds the console's pages, unless they are there and nothing they are made of has changed. */
export async function buildConsole(): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [path.join(repositoryRoot, 'apps/console/build/main.ts')], {
      cwd: repositoryRoot,
      timeout: BUILD_TIMEOUT_MS,
    });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new StackError(`The pages of the console could not be built:\n${stdout}${stderr}`, { cause });
  }
}
