import { describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { takeLock } from '../src/lock.ts';
import { commandLineOf } from '../src/process/process-table.ts';
import { withTempFolder } from './temp-folder.ts';

describe('the lock of a data folder', () => {
  test('is refused in one sentence while someone holds it, and free afterwards', async () => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      const release = await takeLock(lockFile);
      await expect(takeLock(lockFile)).rejects.toThrow(`already running on this data folder (process ${process.pid})`);
      await release();
      expect(await readdir(folder)).toEqual([]);
    });
  });

  test('of many starts at once, one gets it', async () => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      const starts = await Promise.allSettled(Array.from({ length: 20 }, async () => await takeLock(lockFile)));
      expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  test.each([
    { left: 'a process that is gone', pid: 2 ** 22 + 1, commandLine: 'node packages/local-stack/src/cli.ts' },
    { left: 'a process id that another program has by now', pid: process.pid, commandLine: 'node something-else.ts' },
  ])('left by $left does not block', async ({ pid, commandLine }) => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      await writeFile(lockFile, `${pid}\n${commandLine}\nx\n`);
      const release = await takeLock(lockFile);
      await release();
    });
  });

  test('left by a killed run goes to one of many starts', async () => {
    await withTempFolder(async (folder) => {
      const lockFile = path.join(folder, 'stack.lock');
      await writeFile(lockFile, `${2 ** 22 + 1}\nnode cli.ts\nx\n`);
      const starts = await Promise.allSettled(Array.from({ length: 20 }, async () => await takeLock(lockFile)));
      expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
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
