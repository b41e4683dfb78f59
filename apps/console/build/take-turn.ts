import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OUTPUT } from './sources.ts';

/** How long another build may take before this one gives up, in milliseconds. */
const WAIT_MS_MAX = 170_000;

/**
 * Waits until no other process builds: two stacks that start at once share the folder, and each build empties it first.
 * The lock is the operating system's, by SQLite as Node offers no other, so it ends with its process and is never stale.
 *
 * @returns a function that lets the next one build
 */
export function takeTurn(): () => void {
  mkdirSync(path.dirname(OUTPUT), { recursive: true });
  const lock = new DatabaseSync(path.join(path.dirname(OUTPUT), '.lock'), { timeout: WAIT_MS_MAX });
  lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  return () => lock.close();
}
