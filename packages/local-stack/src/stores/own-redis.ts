import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failureOf, findOnPath, isExecutable } from './command.ts';

/** Debian's package with the program; `redis-server` only adds a system service that starts it. */
const PACKAGE_NAME = 'redis-tools';

/** What starts the copy: it finds the libraries that came with it, and the name by which the program knows that it is the server. */
const launcher = `#!/bin/sh
here=\${0%/*}
for folder in "$here"/root/usr/lib/*-linux-gnu* "$here"/root/lib/*-linux-gnu*; do
  LD_LIBRARY_PATH=$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$here/root/usr/bin/redis-server" "$@"
`;

/** The copy of Redis in `folder`, if there is one. */
export function ownRedisIn(folder: string): string | undefined {
  const program = path.join(folder, 'redis-server');
  return isExecutable(program) ? program : undefined;
}

/** Whether the system can give us a copy. */
export function canFetchRedis(searchPath: string | undefined): boolean {
  return ['apt-get', 'dpkg-deb'].every((name) => findOnPath([name], searchPath) !== undefined);
}

/**
 * Fetches Redis and the libraries that are missing here from the archive that the system trusts, and unpacks them into a folder of ours.
 * Nothing is installed: no root is needed, no service starts, and the folder is all there is to remove.
 *
 * @returns undefined when it is there, otherwise why not
 */
export async function fetchRedis(folder: string, searchPath: string | undefined): Promise<string | undefined> {
  await mkdir(path.dirname(folder), { recursive: true });
  // Complete or not at all: other starts and test runs look for it too.
  const beside = await mkdtemp(`${folder}-`);
  try {
    return (await unpackInto(beside, searchPath)) ?? (await putInPlace(beside, folder));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function unpackInto(beside: string, searchPath: string | undefined): Promise<string | undefined> {
  const [lists, cache] = [path.join(beside, 'lists'), path.join(beside, 'cache')];
  const archives = path.join(cache, 'archives');
  for (const each of [lists, archives]) await mkdir(path.join(each, 'partial'), { recursive: true });
  const options = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`, 'Debug::NoLocking=true'];
  // Root would hand downloads to a user of apt's own, who may not enter our folder.
  if (process.getuid?.() === 0) options.push('APT::Sandbox::User=root');
  const apt = ['apt-get', '-qq', ...options.flatMap((option) => ['-o', option])];
  const install = ['install', '--download-only', '--reinstall', '--no-install-recommends', '-y', PACKAGE_NAME];
  const failure =
    (await failureOf([...apt, 'update'], searchPath)) ?? (await failureOf([...apt, ...install], searchPath));
  if (failure !== undefined) return failure;
  const root = path.join(beside, 'root');
  for (const file of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
    const broken = await failureOf(['dpkg-deb', '-x', path.join(archives, file), root], searchPath);
    if (broken !== undefined) return broken;
  }
  for (const each of [lists, cache]) await rm(each, { recursive: true });
  const server = path.join(root, 'usr', 'bin', 'redis-server');
  if (!isExecutable(server)) await symlink('redis-check-rdb', server);
  const program = path.join(beside, 'redis-server');
  await writeFile(program, launcher);
  await chmod(program, 0o755);
  return await failureOf([program, '--version'], searchPath);
}

async function putInPlace(beside: string, folder: string): Promise<string | undefined> {
  try {
    await rename(beside, folder);
  } catch (error) {
    // Somebody else was faster.
    if (ownRedisIn(folder) === undefined) throw error;
  }
  return undefined;
}
