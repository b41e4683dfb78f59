import { readdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import {
  canFetchPackages,
  fetchPackages,
  isExecutable,
  ownPostgresFolder,
  type PostgresBinaries,
} from '@turnpike/local-stack/servers';

const NAMES = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'] as const;

/** Where systems keep one folder of programs for each version, newest last. */
const FOLDERS_BY_VERSION = ['/usr/lib/postgresql', '/usr/libexec/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];

/** A server and client programs of one version: `pg_dump` refuses a server that is newer than itself. */
export interface PostgresPrograms extends PostgresBinaries {
  /** Has `pg_dump`, `pg_restore` and `psql`, to be put in front of `PATH`. */
  readonly folder: string;
}

/**
 * Finds PostgreSQL with its client programs, which npm's has not: on this machine, else as a copy for this clone alone, fetched from the
 * system's package archive. Throws with what to install where neither is there.
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const found = (await installedFolders()).find(isComplete) ?? (isComplete(ownPostgresFolder) && ownPostgresFolder);
  if (found) return programsIn(found);
  const reason = canFetchPackages(process.env['PATH']) ? await fetchOwn() : 'there is no apt-get';
  if (reason !== undefined)
    throw new Error(`Install PostgreSQL's server and client programs, of one version and on PATH: ${reason}`);
  return programsIn(ownPostgresFolder);
}

function programsIn(folder: string): PostgresPrograms {
  return { folder, initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
}

function isComplete(folder: string): boolean {
  return NAMES.every((name) => isExecutable(path.join(folder, name)));
}

async function installedFolders(): Promise<string[]> {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const byVersion = await Promise.all(
    FOLDERS_BY_VERSION.map(async (parent) => {
      const names = await readdir(parent).catch(() => []);
      const versions = names.filter((name) => /^(postgresql@?)?\d*$/.test(name));
      return versions
        .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((name) => path.join(parent, name, 'bin'));
    }),
  );
  // A program on PATH is often a link to where all of its version lie.
  const linked = await Promise.all(
    onPath.map(async (folder) => path.dirname(await realpath(path.join(folder, 'initdb')).catch(() => '/nowhere/-'))),
  );
  return [...onPath, ...linked, ...byVersion.flat()];
}

/** Returns why there is no copy, if there is none. */
async function fetchOwn(): Promise<string | undefined> {
  process.stderr.write('PostgreSQL has no pg_dump here; fetching a copy for this clone alone with apt-get …\n');
  return await fetchPackages(
    {
      folder: ownPostgresFolder,
      // By number, since what `postgresql` only depends on is left out where it is installed already.
      packages: ['^postgresql-[0-9]*$', '^postgresql-client-[0-9]*$'],
      programs: Object.fromEntries(NAMES.map((name) => [name, `usr/lib/postgresql/current/bin/${name}`])),
      // Of the versions that the system has, the newest.
      mend: async (root) => {
        const parent = path.join(root, 'usr/lib/postgresql');
        const versions = (await readdir(parent).catch(() => [])).toSorted((a, b) => Number(b) - Number(a));
        await symlink(versions[0] ?? '', path.join(parent, 'current')).catch(() => undefined);
      },
    },
    process.env['PATH'],
  );
}
