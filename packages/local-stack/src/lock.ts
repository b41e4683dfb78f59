import { DatabaseSync } from 'node:sqlite';
import { StackError } from './stack-error.ts';

/** SQLite's code for a lock that someone else holds. */
const SQLITE_BUSY = 5;

/**
 * Makes this process the only stack on a data folder: two PostgreSQL servers on the same files would destroy them. The
 * lock is the operating system's, which Node offers only through SQLite, so it ends with the process and is never
 * stale.
 *
 * @returns a function that releases the lock
 */
export function takeLock(lockFile: string): () => void {
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (typeof error !== 'object' || error === null || !('errcode' in error) || error.errcode !== SQLITE_BUSY)
      throw error;
    throw new StackError(
      'A stack is already running on this data folder: stop it, or set DATA_DIR to another folder.',
      {
        cause: error,
      },
    );
  }
  return () => database.close();
}
