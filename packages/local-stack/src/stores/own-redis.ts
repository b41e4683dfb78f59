import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { isExecutable } from './command.ts';
import { fetchPackages } from './debian-packages.ts';

/** The copy of Redis in `folder`, if there is one. */
export function ownRedisIn(folder: string): string | undefined {
  const program = path.join(folder, 'redis-server');
  return isExecutable(program) ? program : undefined;
}

/**
 * Puts a copy of Redis into a folder of ours; nothing is installed (`fetchPackages`).
 *
 * @returns undefined when it is there, otherwise why not
 */
export async function fetchRedis(folder: string, searchPath: string | undefined): Promise<string | undefined> {
  const copy = {
    folder,
    // The package with the program; `redis-server` only adds a system service that starts it.
    packages: ['redis-tools'],
    programs: { 'redis-server': 'usr/bin/redis-server' },
    mend: async (root: string): Promise<void> => {
      const server = path.join(root, 'usr', 'bin', 'redis-server');
      // The name by which the program knows that it is the server.
      if (!isExecutable(server)) await symlink('redis-check-rdb', server);
    },
  };
  return await fetchPackages(copy, searchPath);
}
