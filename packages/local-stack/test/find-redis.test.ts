import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findRedis } from '../src/stores/find-redis.ts';
import { withTempFolder } from './temp-folder.ts';

/** Puts an executable shell script into a folder that stands for PATH. */
async function program(folder: string, name: string, script: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const unexpected = (): never => {
  throw new Error('nothing should be installed');
};

describe('findRedis', () => {
  test('prefers redis-server and takes valkey-server', async () => {
    await withTempFolder(async (folder) => {
      const valkey = await program(folder, 'valkey-server', '');
      expect(await findRedis({ path: folder, onInstall: unexpected })).toBe(valkey);
      const redis = await program(folder, 'redis-server', '');
      expect(await findRedis({ path: folder, onInstall: unexpected })).toBe(redis);
    });
  });

  test('installs it with the package manager of the system, after a fresh list of packages', async () => {
    await withTempFolder(async (folder) => {
      const server = path.join(folder, 'redis-server');
      await program(
        folder,
        'apt-get',
        `case "$1" in update) : > ${folder}/updated;; install) test -e ${folder}/updated && /bin/cp ${folder}/apt-get ${server};; esac`,
      );
      // What runs as root elsewhere runs through sudo.
      await program(folder, 'sudo', 'shift; exec "$@"');
      const installing: string[] = [];
      expect(await findRedis({ path: folder, onInstall: (name) => installing.push(name) })).toBe(server);
      expect(installing).toEqual(['apt-get']);
    });
  });

  test('says in one sentence what to do when that fails', async () => {
    await withTempFolder(async (folder) => {
      await program(folder, 'apt-get', 'echo "Reading lists" >&2; echo "E: no network" >&2; exit 100');
      await program(folder, 'sudo', 'shift; exec "$@"');
      await expect(findRedis({ path: folder, onInstall: () => undefined })).rejects.toThrow(
        'Redis is missing ("apt-get update -qq" failed: E: no network): install redis-server or valkey-server so that it is on PATH, or set REDIS_URL to a server of your own.',
      );
    });
  });

  test('and when there is nothing to install it with', async () => {
    await withTempFolder(async (folder) => {
      await expect(findRedis({ path: folder, onInstall: unexpected })).rejects.toThrow('no package manager');
    });
  });
});
