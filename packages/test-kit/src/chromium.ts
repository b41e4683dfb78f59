import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { takeLock } from '@turnpike/local-stack/servers';
import { waitFor } from './wait-for.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** For each of the two steps, and for another process that installs. */
const INSTALL_TIMEOUT_MS = 300_000;
const APT_POLL_MS = 1_000;
const LOCK_FILE = path.join(tmpdir(), `turnpike-chromium-${process.getuid?.() ?? 'any'}.lock`);

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
  // One at a time: test files that start together must find neither half a browser nor a package manager that is in use.
  const release = await waitFor(() => takeLock(LOCK_FILE), { timeoutMs: 2 * INSTALL_TIMEOUT_MS, intervalMs: 250 });
  try {
    const found = onPath();
    if (found !== undefined) return found;
    const reason = await install();
    const installed = onPath();
    if (installed !== undefined) return installed;
    throw new Error(`Chromium is missing (${reason}): install chromium so that it is on PATH.`);
  } finally {
    release();
  }
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

/** Runs apt-get; whoever else on this machine uses it is waited for. */
async function apt(...args: readonly string[]): Promise<void> {
  const options = { timeout: INSTALL_TIMEOUT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const giveUpAt = Date.now() + INSTALL_TIMEOUT_MS;
  for (;;) {
    try {
      await promisify(execFile)('apt-get', args, options);
      return;
    } catch (error) {
      if (!String(error).includes('Could not get lock') || Date.now() > giveUpAt) throw error;
      await sleep(APT_POLL_MS);
    }
  }
}

/** Tries Debian's package manager; gives why it did not help. */
async function install(): Promise<string> {
  if (process.getuid?.() !== 0) return 'installing it needs root';
  try {
    await apt('update', '-qq');
    await apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
    return 'apt-get installed no program of that name';
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}
