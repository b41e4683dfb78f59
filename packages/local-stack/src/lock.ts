import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { commandLineOf } from './process/process-table.ts';
import { errorCode, StackError } from './stack-error.ts';

/** Attempts to take over locks of runs that are gone; more than one only when several starts race for it. */
const attemptsMax = 5;

/**
 * Makes this process the only stack on a data folder: two PostgreSQL servers on the same files would destroy them. The
 * lock of a run that was killed does not count.
 *
 * @returns gives the lock back
 */
export async function takeLock(lockFile: string): Promise<() => Promise<void>> {
  const mine = `${lockFile}.${randomBytes(6).toString('hex')}`;
  const identity = `${process.pid}\n${(await commandLineOf(process.pid)) ?? ''}\n${mine}\n`;
  await writeFile(mine, identity, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      if (await linkAs(mine, lockFile)) return async () => await release(lockFile, identity);
      await removeIfStale(lockFile);
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new StackError(`Several starts race for ${lockFile}: try again.`);
}

/** Linking fails when the name exists, in one step: of two starts one wins. */
async function linkAs(source: string, name: string): Promise<boolean> {
  try {
    await link(source, name);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(lockFile: string): Promise<void> {
  const found = await readFile(lockFile, 'utf8').catch(() => '');
  if (found === '') return;
  const [pid, commandLine] = found.split('\n');
  // The id alone would not do: by now it may belong to any other program.
  if (commandLine !== undefined && (await commandLineOf(Number(pid))) === commandLine) {
    throw new StackError(
      `A stack is already running on this data folder (process ${pid}): stop it, or set DATA_DIR to another folder.`,
    );
  }
  // Moved aside and looked at again, since another start may have replaced it in between.
  const aside = `${lockFile}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(lockFile, aside);
    if ((await readFile(aside, 'utf8')) !== found) await linkAs(aside, lockFile);
  } catch {
    // Someone else removed it first.
  } finally {
    await rm(aside, { force: true });
  }
}

async function release(lockFile: string, identity: string): Promise<void> {
  if ((await readFile(lockFile, 'utf8').catch(() => '')) === identity) await rm(lockFile, { force: true });
}
