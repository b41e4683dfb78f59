import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { StackError } from '../stack-error.ts';

/** Both speak the protocol; either will do. */
const programs = ['redis-server', 'valkey-server'];

/** How each system installs one, in the order in which they are tried. Each inner array is one command. */
const packageManagers: readonly { name: string; needsRoot: boolean; commands: readonly string[][] }[] = [
  {
    name: 'apt-get',
    needsRoot: true,
    commands: [
      ['apt-get', 'update', '-qq'],
      ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
    ],
  },
  { name: 'dnf', needsRoot: true, commands: [['dnf', 'install', '-y', '-q', '/usr/bin/redis-server']] },
  { name: 'apk', needsRoot: true, commands: [['apk', 'add', '--quiet', 'redis']] },
  { name: 'pacman', needsRoot: true, commands: [['pacman', '-Sy', '--noconfirm', 'valkey']] },
  { name: 'brew', needsRoot: false, commands: [['brew', 'install', '--quiet', 'redis']] },
];

const installTimeoutMs = 180_000;

/** Where programs lie; a value for tests and for `PATH` set in the configuration. */
interface SearchOptions {
  /** The `PATH` to search. */
  path: string | undefined;
  /** Told once, before an installation begins. */
  onInstall: (packageManager: string) => void;
}

/**
 * Finds a Redis server on `PATH`, or installs one with the system's package manager: no npm package ships one.
 *
 * @returns the program's path
 */
export async function findRedis({ path: searchPath, onInstall }: SearchOptions): Promise<string> {
  const found = findOnPath(programs, searchPath);
  if (found !== undefined) return found;
  const reason = await install(searchPath, onInstall);
  const installed = findOnPath(programs, searchPath);
  if (installed !== undefined) return installed;
  throw new StackError(
    `Redis is missing (${reason}): install redis-server or valkey-server so that it is on PATH, or set REDIS_URL to a server of your own.`,
  );
}

/** Tries the first package manager that this system has; returns why it did not help. */
async function install(searchPath: string | undefined, onInstall: (name: string) => void): Promise<string> {
  const manager = packageManagers.find(({ name }) => findOnPath([name], searchPath) !== undefined);
  if (manager === undefined) return 'no package manager that could install it was found';
  const prefix = rootPrefix(manager.needsRoot, searchPath);
  if (prefix === undefined) return `installing it with ${manager.name} needs root`;
  onInstall(manager.name);
  for (const command of manager.commands) {
    const failure = await run([...prefix, ...command], searchPath);
    if (failure !== undefined) return `"${command.join(' ')}" failed: ${failure}`;
  }
  return `${manager.name} installed no program named ${programs.join(' or ')}`;
}

/** `sudo -n` never asks: a password prompt in the middle of a start would look like a hang. */
function rootPrefix(needsRoot: boolean, searchPath: string | undefined): string[] | undefined {
  if (!needsRoot || process.getuid?.() === 0) return [];
  return findOnPath(['sudo'], searchPath) === undefined ? undefined : ['sudo', '-n'];
}

/** Runs to the end; undefined when it succeeded, otherwise the last line it said. */
async function run(
  [command = '', ...args]: readonly string[],
  searchPath: string | undefined,
): Promise<string | undefined> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: searchPath, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: installTimeoutMs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2_000);
    });
  }
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? `exit code ${code}`)),
    );
  });
}

function findOnPath(names: readonly string[], searchPath: string | undefined): string | undefined {
  const folders = (searchPath ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
