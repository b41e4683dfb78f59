import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { takeLock } from '../src/lock.ts';
import { commandLineOf } from '../src/process/process-table.ts';
import { withTempFolder } from './temp-folder.ts';

const holder = fileURLToPath(new URL('./fixtures/lock-holder.ts', import.meta.url));
const refusal = 'A stack is already running on this data folder: stop it, or set DATA_DIR to another folder.';

/** Another process that tries to take the lock, and what it said about it. */
async function otherStart(lockFile: string): Promise<{ child: ChildProcess; said: string; exited: Promise<unknown> }> {
  const child = spawn(process.execPath, [holder, lockFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'close');
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim(), exited };
}

describe('the lock of a data folder', () => {
  test('is refused in one sentence while someone holds it, and free afterwards', async () => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      const release = takeLock(lockFile);
      expect(() => takeLock(lockFile)).toThrow(refusal);
      const other = await otherStart(lockFile);
      expect(other.said).toBe(refusal);
      await other.exited;
      release();
      takeLock(lockFile)();
    });
  });

  test('goes to one of several starts at the same moment, also when the run before was killed', async () => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      for (const _round of ['on an empty folder', 'after a kill']) {
        const starts = await Promise.all([1, 2, 3, 4].map(async () => await otherStart(lockFile)));
        expect(starts.map(({ said }) => said).sort()).toEqual([refusal, refusal, refusal, 'got it']);
        for (const { child } of starts) child.kill('SIGKILL');
        await Promise.all(starts.map(async ({ exited }) => await exited));
      }
      takeLock(lockFile)();
    });
  });
});

describe('commandLineOf', () => {
  test('knows a live process and no other', async () => {
    expect(await commandLineOf(process.pid)).toContain('node');
    expect(await commandLineOf(2 ** 22 + 1)).toBeUndefined();
    expect(await commandLineOf(Number.NaN)).toBeUndefined();
  });
});
