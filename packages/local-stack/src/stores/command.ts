import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const TIMEOUT_MS = 180_000;
/** Only the end of what a command says is of interest. */
const OUTPUT_CHARS_MAX = 2_000;

/** The first of some programs that lies on a `PATH`. */
export function findOnPath(names: readonly string[], searchPath: string | undefined): string | undefined {
  const folders = (searchPath ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/** Whether there is a program at this place. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command of the system to its end, in our environment (its proxies may be needed) but for the given `PATH`.
 *
 * @returns undefined when it succeeded, otherwise the command and the last line it said
 */
export async function failureOf(
  [command = '', ...args]: readonly string[],
  searchPath: string | undefined,
): Promise<string | undefined> {
  const env = { ...process.env, PATH: searchPath, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: TIMEOUT_MS });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    });
  }
  const reason = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : output.trim().split('\n').at(-1) || `ended with ${signal ?? code}`),
    );
  });
  return reason === undefined ? undefined : `"${[command, ...args].join(' ')}" failed: ${reason}`;
}
