import { StackError } from '../stack-error.ts';
import { failureOf, findOnPath } from './command.ts';
import { canFetchPackages } from './debian-packages.ts';
import { fetchRedis, ownRedisIn } from './own-redis.ts';

/** Both speak the protocol; either will do. */
const PROGRAMS = ['redis-server', 'valkey-server'];

/** How each system installs one, in the order in which they are tried. Each inner array is one command. */
const PACKAGE_MANAGERS: readonly { name: string; needsRoot: boolean; commands: readonly string[][] }[] = [
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

/** Where programs lie, and what may be done when there is none. */
interface SearchOptions {
  /** The `PATH` to search. */
  readonly path: string | undefined;
  /** Where a copy of our own is kept. */
  readonly ownFolder: string;
  /** Whether one may be installed into the system. */
  readonly mayInstall: boolean;
  /** Told before anything is fetched or installed. */
  readonly onMissing: (whatHappens: string) => void;
}

/**
 * Finds a Redis server: on `PATH`, else a copy of our own, which is fetched from the system's package archive where that is possible without
 * installing anything (no npm package ships one), else, where that is allowed, installs one into the system.
 *
 * @returns the program's path
 */
export async function findRedis({
  path: searchPath,
  ownFolder,
  mayInstall,
  onMissing,
}: SearchOptions): Promise<string> {
  const find = (): string | undefined => findOnPath(PROGRAMS, searchPath) ?? ownRedisIn(ownFolder);
  const found = find();
  if (found !== undefined) return found;
  const reasons: string[] = [];
  const attempt = async (whatHappens: string, run: () => Promise<string | undefined>): Promise<string | undefined> => {
    onMissing(whatHappens);
    const failure = await run();
    if (failure !== undefined) reasons.push(failure);
    return find();
  };
  if (canFetchPackages(searchPath)) {
    const fetched = await attempt('fetching a copy for this clone alone with apt-get; nothing is installed', () =>
      fetchRedis(ownFolder, searchPath),
    );
    if (fetched !== undefined) return fetched;
  }
  const manager = PACKAGE_MANAGERS.find(({ name }) => findOnPath([name], searchPath) !== undefined);
  if (mayInstall && manager !== undefined) {
    const installed = await attempt(`installing it with ${manager.name}, as INSTALL_REDIS says`, () =>
      install(manager, searchPath),
    );
    if (installed !== undefined) return installed;
  }
  const flag = !mayInstall && manager ? `, set INSTALL_REDIS=true to have ${manager.name} install it` : '';
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  throw new StackError(
    `Redis is missing${why}: install redis-server or valkey-server so that it is on PATH${flag}, or set REDIS_URL to a server of your own.`,
  );
}

/** Returns why it did not help. */
async function install(
  { name, needsRoot, commands }: (typeof PACKAGE_MANAGERS)[number],
  searchPath: string | undefined,
): Promise<string | undefined> {
  const prefix = rootPrefix(needsRoot, searchPath);
  if (prefix === undefined) return `installing it with ${name} needs root`;
  for (const command of commands) {
    const failure = await failureOf([...prefix, ...command], searchPath);
    if (failure !== undefined) return failure;
  }
  return findOnPath(PROGRAMS, searchPath) === undefined
    ? `${name} installed no program named ${PROGRAMS.join(' or ')}`
    : undefined;
}

/** `sudo -n` never asks: a password prompt in the middle of a start would look like a hang. */
function rootPrefix(needsRoot: boolean, searchPath: string | undefined): string[] | undefined {
  if (!needsRoot || process.getuid?.() === 0) return [];
  return findOnPath(['sudo'], searchPath) === undefined ? undefined : ['sudo', '-n'];
}
