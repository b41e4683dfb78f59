import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RunningApp } from '@turnpike/test-kit';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

/** Each edge tells operators which routes it has loaded and how its upstreams are; any edge tells of all. */

const ROUTES = fileURLToPath(new URL('../routes.yaml', import.meta.url));
const ADMIN = '/platform/api/admin';

let stack: EdgeStack;
let other: RunningApp;
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-edges-'));
  file = path.join(folder, 'routes.yaml');
  await writeFile(file, await readFile(ROUTES));
  stack = await startStack();
  other = await stack.startEdge({ ROUTES_FILE: file });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

const read = async (target: string, url = stack.edge.url) => {
  const answer = await send(url, `${ADMIN}${target}`, { headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY } });
  return answer;
};
interface Target {
  readonly address: string;
  readonly breaker: string;
  readonly failures: number;
  readonly answers: { p50_ms: number; p95_ms: number; count: number } | null;
}
interface Edge {
  readonly pid: number;
  readonly routes: { digest: string; count: number; refused: { faults: string[] } | null };
  readonly upstreams: { name: string; targets: Target[] }[];
}
const edges = async (url?: string) =>
  (await read('/edges', url)).body as unknown as { items: Edge[]; routes_agree: boolean };

test('every edge is listed by any of them, with its routes and upstreams', async () => {
  await waitFor(async () => (await edges()).items.length === 2);
  const { items, routes_agree: agree } = await edges(other.url);
  expect(agree).toBe(true);
  expect(new Set(items.map(({ pid }) => pid)).size).toBe(2);
  // Limits are shared by so many while Redis is down, so nothing else may be counted among them.
  const redis = new Redis(stack.redis.url);
  await waitFor(async () => (await redis.zcard('{turnpike}:edges')) === 2).finally(() => redis.disconnect());
  for (const { routes, upstreams } of items) {
    expect(routes).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{16}$/), refused: null });
    expect(upstreams.find(({ name }) => name === 'turnpike:auth')?.targets).toEqual([
      expect.objectContaining({ address: stack.urls.auth, breaker: 'closed', failures: 0 }),
    ]);
  }
});

test('how fast each backend begins to answer is told, and of one that nobody asked lately, that nothing is known', async () => {
  await stack.signIn();
  const seen = async (name: string) => {
    const { items } = await edges();
    const targets = items.flatMap(({ upstreams }) => upstreams.filter((upstream) => upstream.name === name));
    return targets.flatMap((upstream) => upstream.targets.map(({ answers }) => answers));
  };
  const times = (await seen('turnpike:auth')).filter((answers) => answers !== null);
  expect(times.length).toBeGreaterThan(0);
  for (const { p50_ms: p50, p95_ms: p95, count } of times) {
    expect(count).toBeGreaterThan(0);
    expect(p50).toBeGreaterThan(0);
    expect(p95).toBeGreaterThanOrEqual(p50);
  }
  expect(new Set(await seen('billing'))).toEqual(new Set([null]));
});

test('a file that is refused, and edges with different files, are findings that say what to do', async () => {
  const before = (await edges()).items.length;
  expect(before).toBe(2);
  const findings = async () =>
    (await read('/overview')).body['findings'] as { severity: string; what: string; advice: string }[];
  await writeFile(file, 'upstreams: 1\n');
  process.kill(other.pid, 'SIGHUP');
  await waitFor(async () => (await findings()).some(({ what }) => what.includes('refused its routes file')));
  expect((await edges()).items.some(({ routes }) => (routes.refused?.faults.length ?? 0) > 0)).toBe(true);
  expect((await edges()).routes_agree).toBe(true);
  await writeFile(file, `# another file\n${await readFile(ROUTES, 'utf8')}`);
  process.kill(other.pid, 'SIGHUP');
  await waitFor(async () => !(await edges()).routes_agree);
  expect(await findings()).toContainEqual({
    severity: 'red',
    what: 'The edges have not loaded the same routes file',
    advice: expect.stringContaining('SIGHUP'),
  });
});

test('which route takes a request is told as the edge decides it', async () => {
  const match = async (method: string, target: string) =>
    (await read(`/routes/match?method=${method}&path=${encodeURIComponent(target)}`)).body;
  expect(await match('POST', '/API/v1/timepoints/generate/sync/?x=1')).toMatchObject({
    outcome: 'found',
    route: { source: 'file', upstream: 'flash', operation: expect.any(String) },
  });
  expect(await match('GET', '/api/v1/credits/balance')).toMatchObject({
    outcome: 'found',
    route: { id: 'credits.getBalance', source: 'turnpike', scope: 'credits:read' },
  });
  expect(await match('DELETE', '/api/v1/credits/balance')).toMatchObject({
    outcome: 'wrong-method',
    allow: 'GET, HEAD',
  });
  expect(await match('GET', '/nowhere')).toMatchObject({ outcome: 'unknown', route: null });
  expect(await match('GET', '/a/../b')).toMatchObject({ outcome: 'refused', fault: expect.any(String) });
  expect((await read('/routes/match?method=GET')).status).toBe(422);
});

test('routes are paged, those of the file first', async () => {
  const { body } = await read('/routes?limit=2&source=file');
  expect(body).toMatchObject({ limit: 2, items: [{ source: 'file' }, { source: 'file' }] });
  const all = (await read('/routes?limit=1&offset=1')).body;
  expect(Number(all['total'])).toBeGreaterThan(Number(body['total']));
});

test('a service that is down is a red line that says what to do', async () => {
  await stack.apps.users.kill();
  const { body } = await read('/overview');
  expect(body).toMatchObject({
    services: expect.arrayContaining([
      expect.objectContaining({ name: 'auth', status: 'ready' }),
      expect.objectContaining({ name: 'users', status: 'unreachable', version: null }),
    ]),
    findings: expect.arrayContaining([
      { severity: 'red', what: 'users does not answer', advice: expect.stringContaining('log') },
    ]),
  });
  await stack.restart('users');
});

test('only operators see it', async () => {
  const user = await stack.signIn();
  for (const target of ['/edges', '/routes', '/routes/match?method=GET&path=/', '/overview']) {
    expect([target, (await stack.send(`${ADMIN}${target}`, { token: user.token })).status]).toEqual([target, 403]);
    expect((await stack.send(`${ADMIN}${target}`)).status).toBe(401);
  }
});
