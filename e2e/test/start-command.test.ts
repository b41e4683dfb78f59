import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withDatabase } from '@turnpike/migrate';
import { runProgram, waitFor, withClient } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import { balanceOf, visitorAt, signInAsDemo } from '../support/callers.ts';
import { paste, runStart } from '../support/cli.ts';
import type { CommandRun } from '../support/cli.ts';
import { stackEnvironment, tempDataDir } from '../support/temp-stack.ts';

const timeoutMs = 900_000;
const running = 'Ctrl-C stops everything';
const operatorsCommand = path.join(repositoryRoot, 'packages/cli/src/cli.ts');

let dataDir = '';
let removeDataDir: () => Promise<void>;
let run: CommandRun | undefined;

beforeAll(async () => {
  ({ dataDir, remove: removeDataDir } = await tempDataDir());
});
afterAll(async () => {
  run?.child.kill('SIGKILL');
  await run?.ended;
  await removeDataDir();
});

async function start(): Promise<CommandRun> {
  run = runStart(stackEnvironment(dataDir));
  await run.shows(running);
  return run;
}

async function stackFile(): Promise<Record<string, string>> {
  return JSON.parse(await readFile(path.join(dataDir, 'stack.json'), 'utf8')) as Record<string, string>;
}

async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return await new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => resolve(false));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

/** Addresses of the stack that still answer. */
async function answering(info: Readonly<Record<string, string>>): Promise<string[]> {
  const names = ['edge_url', 'database_url', 'redis_url', 'mail_ui_url'];
  const states = await Promise.all(names.map(async (name) => await listens(info[name] ?? '')));
  return names.filter((_name, index) => states[index]);
}

describe('the start command', () => {
  test(
    'prints three lines that work when pasted, writes stack.json, and ends all it started on Ctrl-C',
    async () => {
      const first = await start();
      const info = await stackFile();
      expect(Object.keys(info).sort()).toEqual(
        ['admin_api_key', 'database_url', 'edge_url', 'mail_ui_url', 'redis_url', 'service_api_key'].sort(),
      );
      expect((await stat(path.join(dataDir, 'stack.json'))).mode & 0o777).toBe(0o600);
      expect((await stat(path.join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
      const screen = first.screen();
      for (const name of ['edge_url', 'mail_ui_url', 'admin_api_key', 'service_api_key'])
        expect(screen).toContain(info[name]);

      // What a backend of one's own needs to know the gateway by.
      const [, name = '', place = ''] = /([A-Z_]+) in (\S+secrets\.json)/.exec(screen) ?? [];
      const secrets = JSON.parse(await readFile(path.resolve(repositoryRoot, place), 'utf8')) as Record<string, string>;
      expect(secrets[name]).toMatch(/^[0-9a-f]{64}$/);

      const lines = screen.split('\n').filter((line) => /^(TOKEN=|curl )/.test(line));
      expect(lines).toHaveLength(3);
      expect(await paste(lines.join('\n'))).toContain('{"balance":45,"lifetime_earned":50,"lifetime_spent":5}');

      // The same without pnpm, which the line fetches where it is missing.
      const modelLine = screen.split('\n').find((line) => line.startsWith('OPENAI_BASE_URL=')) ?? '';
      expect(modelLine).toMatch(/ npx -y pnpm@12 --silent --filter @turnpike\/llm hello$/);
      expect(await paste(modelLine.replace(/npx .*$/, 'node apps/llm/examples/hello.ts'))).toBe(
        'Hello from the stand-in for OpenAI.\n',
      );

      // The operators' command finds the stack by its data folder.
      const turnpike = (...args: string[]) => runProgram(operatorsCommand, args, { DATA_DIR: dataDir });
      expect(await turnpike('doctor')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(ok {7}\S+\n)+$/) });
      const found = await turnpike('routes', 'which', 'POST', '/api/v1/timepoints/generate/sync', '--json');
      expect(JSON.parse(found.stdout)).toMatchObject({ outcome: 'found', route: { operation: 'generate_{preset}' } });
      expect(await turnpike('overview')).toMatchObject({ code: 0, stdout: expect.stringContaining('findings') });

      const second = runStart(stackEnvironment(dataDir));
      expect(await second.ended).toBe(1);
      expect(second.screen()).toContain('A stack is already running on this data folder');
      expect(second.screen()).not.toMatch(/^\s+at /m);

      expect(await answering(info)).toHaveLength(4);
      first.child.kill('SIGINT');
      expect(await first.ended).toBe(0);
      expect(await answering(info)).toEqual([]);
      await expect(stackFile()).rejects.toThrow('ENOENT');
    },
    timeoutMs,
  );

  test(
    'keeps users, balances and keys for the next start, also after it was killed by force',
    async () => {
      const again = await start();
      const info = await stackFile();
      const demo = await signInAsDemo(visitorAt(info['edge_url'] ?? ''));
      expect(await balanceOf(demo)).toBe(45);
      await demo.request('/api/v1/timepoints/generate/sync', { method: 'POST', json: { query: 'Once more' } });

      again.child.kill('SIGKILL');
      await again.ended;
      // Nobody told them, and yet nothing is left running.
      await waitFor(async () => (await answering(info)).length === 0, { intervalMs: 200 });

      await start();
      const infoNow = await stackFile();
      expect(infoNow['admin_api_key']).toBe(info['admin_api_key']);
      const visitor = visitorAt(infoNow['edge_url'] ?? '');
      expect(await balanceOf(await signInAsDemo(visitor))).toBe(40);
    },
    timeoutMs,
  );

  test(
    'says in one sentence what to do about the data of an earlier version, and leaves it as it is',
    async () => {
      // The stack of the test before still runs; to start one from its sources takes fifteen seconds of processor time.
      const runs = run?.child.exitCode === null && run.child.signalCode === null;
      const earlier = run !== undefined && runs ? run : await start();
      const info = await stackFile();
      const { database_url: serverUrl = '' } = info;
      await withClient({ connectionString: withDatabase(serverUrl, 'turnpike_auth') }, (client) =>
        client.query("UPDATE _prisma_migrations SET migration_name = '20260101000000_sessions'"),
      );
      earlier.child.kill('SIGTERM');
      expect(await earlier.ended).toBe(0);
      expect(await answering(info)).toEqual([]);

      const refused = runStart(stackEnvironment(dataDir));
      expect(await refused.ended).toBe(1);
      expect(refused.screen()).toContain(
        `The data in ${dataDir} is of an earlier version, which this one cannot carry over: set DATA_DIR to a new folder, or remove this one.`,
      );
      expect(refused.screen()).not.toMatch(/^\s+at /m);
      await stat(path.join(dataDir, 'postgres'));
    },
    timeoutMs,
  );

  test('says in one sentence which port is in use and how to change it', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const address = squatter.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const { dataDir: other, remove } = await tempDataDir();
    const busy = runStart(stackEnvironment(other, { EDGE_PORT: port }));
    expect(await busy.ended).toBe(1);
    expect(busy.screen()).toContain(`Port ${port} is already in use: free it, or set EDGE_PORT to another port.`);
    expect(busy.screen()).not.toMatch(/^\s+at /m);
    await new Promise((resolve) => squatter.close(resolve));
    await remove();
  });

  test.each([
    ['a folder that cannot be made', '/proc/nope/data'],
    ['a folder that cannot be written to', '/proc'],
    ['a file', '/etc/hostname'],
  ])('says in one sentence that %s is no data folder', async (_name, dataFolder) => {
    const broken = runStart(stackEnvironment(dataFolder));
    expect(await broken.ended).toBe(1);
    expect(broken.screen()).toContain(`DATA_DIR ${dataFolder} cannot be used: `);
    expect(broken.screen()).not.toMatch(/^\s+at /m);
  });

  test(
    'ends at the first Ctrl-C, also while it waits for something that does not come',
    async () => {
      const { dataDir: other, remove } = await tempDataDir();
      const programs = await mkdtemp(path.join(tmpdir(), 'turnpike-path-'));
      await writeFile(path.join(programs, 'redis-server'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
      const waiting = runStart(stackEnvironment(other, { PATH: `${programs}:${process.env['PATH'] ?? ''}` }));
      await waiting.shows('Redis …');
      waiting.child.kill('SIGINT');
      expect(await waiting.ended).toBe(0);
      expect(waiting.screen()).toContain('Stopped; the data is kept.');
      await remove();
      await rm(programs, { recursive: true });
    },
    timeoutMs,
  );

  test(
    'says in one sentence which setting of a service is not usable',
    async () => {
      const { dataDir: other, remove } = await tempDataDir();
      const broken = runStart(stackEnvironment(other, { ACCESS_TOKEN_TTL_SECONDS: 'soon' }));
      expect(await broken.ended).toBe(1);
      expect(broken.screen()).toContain('ACCESS_TOKEN_TTL_SECONDS');
      expect(broken.screen()).not.toMatch(/^\s+at /m);
      await remove();
    },
    timeoutMs,
  );
});
