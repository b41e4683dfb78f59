import { appendFile, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
// By path: the test kit depends on this package, and packages must not depend on each other in a cycle.
import { waitFor } from '../../test-kit/src/index.ts';
import { LogFile, type LogEvent } from '../src/logs/log-file.ts';
import { makeRoom, rotateWhileWritten } from '../src/logs/rotate.ts';
import { withTempFolder } from './temp-folder.ts';

/** Every write to this device fails as on a full disk. */
const FULL = '/dev/full';

describe('the log of a service', () => {
  test('keeps the order, and is its owner’s alone', async () => {
    await withTempFolder(async (folder) => {
      const log = new LogFile(path.join(folder, 'auth.log'), { onEvent: () => undefined });
      const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
      for (const line of lines) log.write(line);
      await log.settled();
      expect(await readFile(log.path, 'utf8')).toBe(`${lines.join('\n')}\n`);
      expect((await stat(log.path)).mode & 0o777).toBe(0o600);
    });
  });

  test('on a full disk drops lines, says so once, and goes on when there is room', async () => {
    await withTempFolder(async (folder) => {
      const events: LogEvent[] = [];
      const file = path.join(folder, 'auth.log');
      await symlink(FULL, file);
      const log = new LogFile(file, { onEvent: (event) => events.push(event), retryMs: 0 });
      const write = async (line: string): Promise<void> => {
        log.write(line);
        await log.settled();
      };
      await write('lost');
      await write('lost too');
      expect(events).toEqual([{ kind: 'failing', error: expect.objectContaining({ code: 'ENOSPC' }) }]);
      await rm(file);
      await write('there is room');
      await write('and more');
      expect(events.slice(1)).toEqual([{ kind: 'written-again', linesDropped: 2 }]);
      expect(await readFile(file, 'utf8')).toBe('there is room\nand more\n');
    });
  });

  test('does not try a full disk again with each line', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'auth.log');
      await symlink(FULL, file);
      const log = new LogFile(file, { onEvent: () => undefined, retryMs: 3_600_000 });
      log.write('lost');
      await log.settled();
      await rm(file);
      log.write('lost too');
      await log.settled();
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  test('without anybody to read it fast enough is bounded', async () => {
    await withTempFolder(async (folder) => {
      const events: LogEvent[] = [];
      const log = new LogFile(path.join(folder, 'auth.log'), { onEvent: (event) => events.push(event) });
      const line = 'x'.repeat(10_000);
      for (let count = 0; count < 500; count += 1) log.write(line);
      await log.settled();
      expect((await stat(log.path)).size).toBeLessThan(2_500_000);
      expect(events).toEqual([{ kind: 'written-again', linesDropped: expect.any(Number) }]);
    });
  });
});

describe('logs rotate while their processes run', () => {
  test('our own: a full one is put aside', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'auth.log');
      await writeFile(file, 'past\n');
      await makeRoom(file, 5);
      expect(await readFile(file, 'utf8')).toBe('past\n');
      await appendFile(file, 'more\n');
      await makeRoom(file, 5);
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await readFile(path.join(folder, 'auth.1.log'), 'utf8')).toBe('past\nmore\n');
    });
  });

  test('those that a program keeps open: copied and emptied, or emptied where the copy does not fit', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'postgres.log');
      const older = path.join(folder, 'postgres.1.log');
      await writeFile(file, 'what the server said\n');
      const end = rotateWhileWritten([file, path.join(folder, 'none.log')], 10, 5);
      try {
        await waitFor(async () => (await stat(file)).size === 0);
        expect(await readFile(older, 'utf8')).toBe('what the server said\n');
        await rm(older);
        await symlink(FULL, older);
        await appendFile(file, 'what it said on a full disk\n');
        await waitFor(async () => (await stat(file)).size === 0);
      } finally {
        end();
      }
      await truncate(file);
    });
  });
});
