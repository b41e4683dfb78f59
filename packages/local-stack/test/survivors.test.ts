import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { commandLineOf } from '../src/process/process-table.ts';
import { withTempFolder } from './temp-folder.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Probes again until there is something to see; the test's own deadline ends it. */
async function until<T>(probe: () => Promise<T>): Promise<T> {
  for (;;) {
    const seen = await probe();
    if (seen) return seen;
    await sleep(20);
  }
}

describe('when a parent is killed by force', () => {
  test.each([
    { what: 'a program that knows nothing of us', parent: 'holder.ts', child: '', commandLine: /^sleep 600$/ },
    {
      what: 'a service that hangs',
      parent: 'service-holder.ts',
      child: 'deaf-service.ts',
      commandLine: /deaf-service/,
    },
  ])('$what ends as well', async ({ parent, child, commandLine }) => {
    await withTempFolder(async (folder) => {
      const pidFile = path.join(folder, 'pid');
      const subject = child === '' ? path.join(folder, 'log') : fixture(child);
      const started = spawn(process.execPath, [fixture(parent), subject, pidFile], { stdio: 'ignore' });
      const ended = once(started, 'exit');
      const pid = Number(await until(async () => await readFile(pidFile, 'utf8').catch(() => '')));
      expect(await commandLineOf(pid)).toMatch(commandLine);
      started.kill('SIGKILL');
      await ended;
      await until(async () => (await commandLineOf(pid)) === undefined);
    });
  });
});
