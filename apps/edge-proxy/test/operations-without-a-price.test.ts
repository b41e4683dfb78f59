import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/** `fixed` and `sized` charge for what nobody has priced; `generate` is right. */
const ROUTES = `
version: 1
upstreams:
  flash: { url: FLASH_URL, serviceKey: FLASH_SERVICE_KEY }
routes:
  - { id: fixed, path: /fixed, methods: [POST], upstream: flash, auth: required, charge: { operation: make_thing }, limit: tier, scope: any }
  - { id: sized, path: /sized, methods: [POST], upstream: flash, auth: required, charge: { operation: 'make_{size}', from: { size: { body: size, default: small } } }, limit: tier, scope: any }
  - { id: generate, path: /generate, methods: [POST], upstream: flash, auth: required, charge: { operation: 'generate_{preset}', from: { preset: { body: preset, default: balanced } } }, limit: tier, scope: any }
`;
const WITHOUT_A_PRICE = 'has no price';

let folder: string;
let routesFile: string;
let stack: EdgeStack;
let user: SignedIn;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-routes-'));
  routesFile = path.join(folder, 'routes.yaml');
  await writeFile(routesFile, ROUTES);
  stack = await startStack({ ROUTES_FILE: routesFile });
  user = await stack.signIn();
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => stack.upstream.reset());

/** Lines about operations without a price, from line `from` on: how grave, which route, which operation. */
const linesAbout = (from = 0): string[] =>
  stack.edge
    .logs()
    .slice(from)
    .filter((line) => line.includes(WITHOUT_A_PRICE))
    .map((line) => JSON.parse(line) as { level: number | string; route: string; operation: string })
    .map(({ level, route, operation }) => `${level} ${route} ${operation}`);
/** Those of a check; the error lines of refused calls may still be under way. */
const warningsAbout = (from = 0): string[] => linesAbout(from).filter((line) => line.startsWith('warn '));
const post = (target: string, json: unknown = {}) => stack.send(target, { method: 'POST', token: user.token, json });
const setPrice = (operation: string, method: 'PUT' | 'DELETE') =>
  stack.send(`/api/v1/credits/admin/costs/${operation}`, {
    method,
    headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
    ...(method === 'PUT' ? { json: { cost: 1 } } : {}),
  });

test('they are named in the log at start', async () => {
  await waitFor(() => linesAbout().length === 2);
  expect(linesAbout().toSorted()).toEqual(['warn fixed make_thing', 'warn sized make_small']);
});

describe('a call', () => {
  test.each<[string, unknown]>([
    ['/fixed', {}],
    ['/sized', {}],
    ['/sized', { size: 'small' }],
  ])('of %s with %j is 503, costs nothing, reaches nobody and writes an error line', async (target, json) => {
    const before = stack.edge.logs().length;
    const answer = await post(target, json);
    expect([answer.status, answer.body['code']]).toEqual([503, 'service.unavailable']);
    expect(answer.text).not.toMatch(/make_|price/);
    expect(stack.upstream.received).toEqual([]);
    await waitFor(() => linesAbout(before).length === 1);
    expect(linesAbout(before)[0]).toMatch(target === '/fixed' ? 'error fixed make_thing' : 'error sized make_small');
    expect(await stack.balance(user)).toBe(50);
  });

  test('with a value of the client’s own that nobody has priced is the client’s mistake', async () => {
    for (const [target, member] of [
      ['/sized', 'size'],
      ['/generate', 'preset'],
    ] as const) {
      const answer = await post(target, { [member]: 'platinum' });
      expect([answer.status, answer.body['code']]).toEqual([422, 'credits.operation_unknown']);
    }
  });

  test('passes once there is a price, and is 503 again when it is retired', async () => {
    await setPrice('make_thing', 'PUT');
    expect((await post('/fixed')).status).toBe(200);
    await setPrice('make_thing', 'DELETE');
    expect((await post('/fixed')).status).toBe(503);
  });
});

test('they are named at every reload; with prices for all, nothing is', async () => {
  const before = stack.edge.logs().length;
  const reloads = (): number => stack.edge.logs().filter((line) => line.includes('routes file reloaded')).length;
  process.kill(stack.edge.pid, 'SIGHUP');
  await waitFor(() => warningsAbout(before).length === 2);
  for (const operation of ['make_thing', 'make_small']) await setPrice(operation, 'PUT');
  const priced = stack.edge.logs().length;
  const checks = (): number =>
    stack.edge
      .logs()
      .slice(priced)
      .filter((line) => line.includes('every operation that routes charge for has a price')).length;
  const reloaded = reloads();
  process.kill(stack.edge.pid, 'SIGHUP');
  await waitFor(() => reloads() > reloaded && checks() === 1);
  expect(warningsAbout(priced)).toEqual([]);
});

test('an edge that starts while credits is down names them once it is up again', async () => {
  await setPrice('make_thing', 'DELETE');
  await stack.apps.credits.kill('SIGKILL');
  const edge = await stack.startEdge();
  // Whatever it had found at its start stands before the line of a request.
  expect((await send(edge.url, '/nowhere', { headers: { 'X-Request-ID': 'while-down' } })).status).toBe(404);
  await waitFor(() => edge.logs().some((line) => line.includes('"request_id":"while-down"')));
  expect(edge.logs().join('\n')).not.toContain('make_thing');
  await stack.restart('credits');
  await waitFor(() => edge.logs().some((line) => line.includes(WITHOUT_A_PRICE) && line.includes('make_thing')));
});
