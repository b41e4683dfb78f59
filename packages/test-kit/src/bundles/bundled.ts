import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** How the folder reaches the test workers, which are other processes. */
const FOLDER = 'TURNPIKE_TEST_BUNDLES_FOLDER';
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('write-bundle.ts', import.meta.url));

/** What this process waits for already. */
const underWay = new Map<string, Promise<string>>();

/** Where this run keeps its bundles: below `node_modules`, so that what stays outside of them is found. */
export async function openBundlesFolder(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  process.env[FOLDER] = await mkdtemp(path.join(CACHE, 'bundles-'));
}

export async function removeBundlesFolder(): Promise<void> {
  const folder = process.env[FOLDER];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

/**
 * A program and all that it imports as one file, made once in a run of tests. A service of ours loads more than a thousand modules, and to find and
 * link them takes half the processor time of its start. Outside of a run it is the program itself. Programs that load WebAssembly as a module, as those
 * with the engine of migrations do, cannot be put into one file.
 *
 * @param entry path of its TypeScript file
 */
export async function bundled(entry: string): Promise<string> {
  const folder = process.env[FOLDER];
  if (folder === undefined) return entry;
  const file = path.join(folder, `${path.relative(REPOSITORY, entry).replaceAll(path.sep, '-')}.mjs`);
  if (existsSync(file)) return file;
  const known = underWay.get(file);
  if (known !== undefined) return await known;
  const writing = promisify(execFile)(process.execPath, [PROGRAM, entry, file]).then(() => file);
  underWay.set(file, writing);
  return await writing;
}
