import { readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { balanceOf, visitorAt, signInAsDemo } from '../support/callers.ts';
import { runStart, type CommandRun } from '../support/cli.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

/** The disk that the logs lie on is full: every write to them fails, as to this device. */
const FULL = '/dev/full';

let dataDir = '';
let removeDataDir: () => Promise<void>;
let run: CommandRun;

beforeAll(async () => {
  ({ dataDir, remove: removeDataDir } = await tempDataDir());
  run = runStart(stackEnvironment(dataDir));
  await run.shows('Ctrl-C stops everything');
});
afterAll(async () => {
  run.child.kill('SIGTERM');
  await run.ended;
  await removeDataDir();
});

test('the stack says so, serves on without its log, and writes it again when there is room', async () => {
  const log = path.join(dataDir, 'logs', 'edge-proxy.log');
  const info = JSON.parse(await readFile(path.join(dataDir, 'stack.json'), 'utf8')) as Record<string, string>;
  const visitor = visitorAt(info['edge_url'] ?? '');
  /** Each request is a line. */
  const untilShown = async (text: string): Promise<void> => {
    await waitFor(
      async () => {
        await visitor.request('/health');
        return run.screen().includes(text);
      },
      { intervalMs: 100 },
    );
  };
  await rm(log);
  await symlink(FULL, log);
  await untilShown('The log of edge-proxy cannot be written (ENOSPC');
  const demo = await signInAsDemo(visitor);
  await demo.request('/api/v1/timepoints/generate/sync', { method: 'POST', json: { query: 'On a full disk' } });
  expect(await balanceOf(demo)).toBe(45);
  await rm(log);
  await untilShown('The log of edge-proxy is written again; ');
  expect(await readFile(log, 'utf8')).toContain('"path":"/health"');
});
