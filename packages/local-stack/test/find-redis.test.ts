import { execFile } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
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
  throw new Error('nothing should be fetched or installed');
};

/** A search on a PATH of one folder, with a place for a copy of our own below it. */
const search = (folder: string) => ({
  path: folder,
  ownFolder: path.join(folder, 'cache', 'redis'),
  mayInstall: false,
  onMissing: unexpected as (whatHappens: string) => void,
});

/** An apt-get that downloads one package into the cache that it is told, after a fresh list of packages. */
const DOWNLOADS = `
for word in "$@"; do case "$word" in Dir::State::Lists=*) lists=\${word#*=};; Dir::Cache=*) cache=\${word#*=};; esac; done
case "$*" in
  *update) : > "$lists/updated";;
  *--download-only*redis-tools) test -e "$lists/updated" && : > "$cache/archives/redis-tools_7_amd64.deb";;
  *) exit 1;;
esac`;
const UNPACKS = `/bin/mkdir -p "$3/usr/bin" && printf '#!/bin/sh\\necho v=7 "$0"' > "$3/usr/bin/redis-check-rdb" && /bin/chmod +x "$3/usr/bin/redis-check-rdb"`;
const asRoot = 'shift; exec "$@"';

describe('findRedis', () => {
  test('prefers redis-server and takes valkey-server', async () => {
    await withTempFolder(async (folder) => {
      const valkey = await program(folder, 'valkey-server', '');
      expect(await findRedis(search(folder))).toBe(valkey);
      const redis = await program(folder, 'redis-server', '');
      expect(await findRedis(search(folder))).toBe(redis);
    });
  });

  test('fetches a copy of its own where the system can give one, installs nothing, and finds it again', async () => {
    await withTempFolder(async (folder) => {
      await program(folder, 'apt-get', DOWNLOADS);
      await program(folder, 'dpkg-deb', UNPACKS);
      await program(folder, 'sudo', 'echo "asked for root" >&2; exit 1');
      const told: string[] = [];
      const options = { ...search(folder), onMissing: (whatHappens: string) => void told.push(whatHappens) };
      const found = await findRedis(options);
      expect(found).toBe(path.join(folder, 'cache', 'redis', 'redis-server'));
      const { stdout } = await promisify(execFile)(found, ['--version']);
      expect(stdout).toContain(path.join(folder, 'cache', 'redis', 'root', 'usr', 'bin', 'redis-server'));
      expect(told).toEqual(['fetching a copy for this clone alone with apt-get; nothing is installed']);
      expect(await findRedis(search(folder))).toBe(found);
      expect(await readdir(path.join(folder, 'cache'))).toEqual(['redis']);
    });
  });

  test('asks for leave before it installs one into the system', async () => {
    await withTempFolder(async (folder) => {
      const server = path.join(folder, 'redis-server');
      await program(folder, 'dnf', `/bin/cp ${folder}/dnf ${server}`);
      await program(folder, 'sudo', asRoot);
      await expect(findRedis(search(folder))).rejects.toThrow(
        'Redis is missing: install redis-server or valkey-server so that it is on PATH, set INSTALL_REDIS=true to have dnf install it, or set REDIS_URL to a server of your own.',
      );
      const told: string[] = [];
      const options = { ...search(folder), mayInstall: true, onMissing: (text: string) => void told.push(text) };
      expect(await findRedis(options)).toBe(server);
      expect(told).toEqual(['installing it with dnf, as INSTALL_REDIS says']);
    });
  });

  test('says in one sentence why a copy could not be had, and what to do', async () => {
    await withTempFolder(async (folder) => {
      await program(folder, 'apt-get', 'echo "Reading lists" >&2; echo "E: no network" >&2; exit 100');
      await program(folder, 'dpkg-deb', 'exit 1');
      const attempt = findRedis({ ...search(folder), onMissing: () => undefined });
      await expect(attempt).rejects.toThrow(
        /^Redis is missing \("apt-get .* update" failed: E: no network\): install /,
      );
      expect(await readdir(path.join(folder, 'cache'))).toEqual([]);
    });
  });

  test('a copy that does not run is none', async () => {
    await withTempFolder(async (folder) => {
      await program(folder, 'apt-get', DOWNLOADS);
      await program(
        folder,
        'dpkg-deb',
        `${UNPACKS}; echo "exit 1" >> "$3/usr/bin/redis-check-rdb"`.replace('echo v=7', ''),
      );
      const attempt = findRedis({ ...search(folder), onMissing: () => undefined });
      await expect(attempt).rejects.toThrow('redis-server --version" failed: ');
    });
  });

  test('and when there is nothing to get it with', async () => {
    await withTempFolder(async (folder) => {
      await expect(findRedis(search(folder))).rejects.toThrow(
        'Redis is missing: install redis-server or valkey-server so that it is on PATH, or set REDIS_URL to a server of your own.',
      );
    });
  });
});
