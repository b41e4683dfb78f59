import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandLineOf } from '../src/process/process-table.ts';
import { withTempFolder } from './temp-folder.ts';

const holder = fileURLToPath(new URL('./fixtures/holder.ts', import.meta.url));

/** Looks again until there is something to see; the test's own deadline ends it. */
async function until<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    await sleep(20);
  }
}

describe('a process started by one that is killed by force', () => {
  test('ends as well', async () => {
    await withTempFolder(async (folder) => {
      const pidFile = path.join(folder, 'pid');
      const parent = spawn(process.execPath, [holder, path.join(folder, 'log'), pidFile], { stdio: 'ignore' });
      const ended = once(parent, 'exit');
      const pid = Number(await until(async () => await readFile(pidFile, 'utf8').catch(() => '')));
      expect(await commandLineOf(pid)).toBe('sleep 600');
      parent.kill('SIGKILL');
      await ended;
      await until(async () => (await commandLineOf(pid)) === undefined);
    });
  });
});
