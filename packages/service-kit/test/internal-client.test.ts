import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineEndpoint } from '@turnpike/contracts';
import {
  AppError,
  closeServer,
  createInternalClient,
  createLogger,
  createMetrics,
  createServiceApp,
  isRefusal,
  listen,
  route,
  ServiceKeys,
} from '../src/index.ts';

const KEY = 'service-key-of-the-neighbour-0123456789';
const base = { owner: 'edge', summary: 'fixture', errors: [] } as const;

/** What the neighbour serves: refuses as it is asked to, after it has judged the shape. */
const inner = defineEndpoint({
  ...base,
  id: 'n.inner',
  family: 'internal',
  method: 'POST',
  path: '/internal/inner',
  access: 'service',
  body: z.object({ how: z.string(), email: z.string().max(5).optional() }),
  responses: { 200: z.object({ how: z.string() }) },
});
/** The same as another release of the neighbour has it: with a member more, or at a path that is not there yet. */
const later = {
  answer: { ...inner, responses: { 200: z.object({ how: z.string(), since: z.string() }) } },
  path: { ...inner, path: '/internal/later' },
};
/** What our callers call; its own body has no `email` that could be wrong. */
const outer = defineEndpoint({
  ...base,
  id: 'n.outer',
  family: 'gateway',
  method: 'GET',
  path: '/outer',
  access: 'public',
  query: z.object({
    how: z.string(),
    email: z.string().optional(),
    later: z.enum(['answer', 'path']).optional(),
    key: z.string().default(KEY),
  }),
  responses: { 200: z.object({ how: z.string() }) },
});

const REFUSALS = [
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'route.not_found',
  'resource.not_found',
  'resource.gone',
  'resource.conflict',
  'auth.missing',
  'auth.forbidden',
  'auth.insufficient_credits',
  'rate_limit.exceeded',
  'credits.account_closed',
  'idempotency.conflict',
] as const;

const servers: ReturnType<typeof createServer>[] = [];
let neighbourUrl: string;
let ownUrl: string;

async function start(routes: Parameters<typeof createServiceApp>[0]['routes']): Promise<string> {
  const caller = { name: 'fixture', grants: new Set(['internal'] as const) };
  const app = createServiceApp({
    service: 'fixture',
    version: '1',
    routes,
    keys: { serviceKeys: new ServiceKeys([{ value: KEY, caller }]), adminKeys: [], gatewaySecrets: [] },
    readiness: { required: {} },
    logger: createLogger('fixture', 'silent'),
    metrics: createMetrics('fixture'),
    checkResponses: true,
  });
  const server = createServer(app);
  servers.push(server);
  return listen(server, 0, '127.0.0.1');
}

beforeAll(async () => {
  neighbourUrl = await start([
    route(inner, ({ body }) => {
      const code = REFUSALS.find((known) => known === body.how);
      if (code !== undefined) throw new AppError(code, { detail: 'A word for neighbours', extra: { balance: 7 } });
      return { status: 200, body: { how: body.how } };
    }),
  ]);
  ownUrl = await start([
    route(outer, async ({ query: { how, email, key, later: asked } }) => {
      const client = createInternalClient({ service: 'neighbour', baseUrl: neighbourUrl, serviceKey: key });
      try {
        return { status: 200, body: await client.call(asked ? later[asked] : inner, { body: { how, email } }) };
      } catch (error) {
        if (isRefusal(error, 'resource.gone')) throw new AppError('auth.session_revoked');
        throw error;
      } finally {
        await client.close();
      }
    }),
  ]);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => closeServer(server, 100)));
});

async function ask(query: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${ownUrl}/outer?${new URLSearchParams(query).toString()}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("a neighbour's refusal", () => {
  test.each(REFUSALS.filter((code) => code !== 'resource.gone' && code !== 'route.not_found'))(
    '%s is our own failure, and says nothing of the neighbour',
    async (how) => {
      const { status, body } = await ask({ how });
      expect([status, body['code']]).toEqual([500, 'service.internal']);
      expect(JSON.stringify(body)).not.toMatch(/neighbour|balance/i);
    },
  );

  test('a shape that the neighbour does not take is not a fault in what our caller sent', async () => {
    const { status, body } = await ask({ how: 'well', email: 'longer than five' });
    expect([status, body['code'], body['errors']]).toEqual([500, 'service.internal', undefined]);
  });

  test('one whose meaning is known is said in our own words', async () => {
    expect((await ask({ how: 'resource.gone' })).body['code']).toBe('auth.session_revoked');
  });

  test('of our service key is an outage', async () => {
    expect((await ask({ how: 'well', key: 'another-key-0123456789abcdef' })).status).toBe(503);
  });
});

test.each(['answer', 'path'])(
  'a neighbour of another release, without the %s that is asked for, is an outage',
  async (what) => {
    const { status, body } = await ask({ how: 'well', later: what });
    expect([status, body['code']]).toEqual([503, 'service.unavailable']);
  },
);

test('success is the answer', async () => {
  expect(await ask({ how: 'well' })).toEqual({ status: 200, body: { how: 'well' } });
});
