import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_TIMEOUT_MS = 300_000;

/** Flags of a browser in tests: no sandbox, since tests may run as root, and nothing that asks the network by itself. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A Chromium on `PATH`, or one that the system's package manager installs: as with Redis, no npm package may be relied on to ship one.
 * Throws a sentence on what to do where neither is to be had.
 */
export async function findChromium(): Promise<string> {
  const found = onPath();
  if (found !== undefined) return found;
  const reason = await install();
  const installed = onPath();
  if (installed !== undefined) return installed;
  throw new Error(`Chromium is missing (${reason}): install chromium so that it is on PATH.`);
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tries Debian's package manager; gives why it did not help. */
async function install(): Promise<string> {
  if (process.getuid?.() !== 0) return 'installing it needs root';
  const options = { timeout: INSTALL_TIMEOUT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await promisify(execFile)('apt-get', ['update', '-qq'], options);
    await promisify(execFile)('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
    return 'apt-get installed no program of that name';
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}
