import { createServer } from 'node:http';
import { z } from 'zod';
import { defineEndpoint, HEADER, signGatewayRequest } from '@turnpike/contracts';
import {
  AppError,
  closeServer,
  createLogger,
  createMetrics,
  createServiceApp,
  listen,
  route,
  ServiceKeys,
  type ReadinessChecks,
} from '../src/index.ts';

export const SERVICE_KEY = 'service-key-of-the-fixture';
export const ADMIN_KEY = 'admin-key-of-the-fixture';
const SIGNING_SECRET = 'signing-secret-of-the-fixture';
export const USER_ID = '0190b6a4-0000-7000-8000-000000000001';

const base = { owner: 'edge', family: 'gateway', hot: true, summary: 'fixture', errors: [] } as const;
const echoBody = z.object({ name: z.string().min(1).max(20), count: z.number().int().optional() });

const echo = defineEndpoint({
  ...base,
  id: 'f.echo',
  method: 'POST',
  path: '/echo',
  access: 'public',
  body: echoBody,
  responses: { 200: echoBody },
});
const noteBody = z.object({ note: z.string().optional() });
const leaveNote = defineEndpoint({
  ...base,
  id: 'f.leaveNote',
  method: 'POST',
  path: '/note',
  access: 'public',
  body: noteBody,
  bodyOptional: true,
  responses: { 200: noteBody },
});
const hotWay = defineEndpoint({
  ...base,
  id: 'f.hotWay',
  method: 'GET',
  path: '/way/hot',
  access: 'public',
  responses: { 200: z.object({ express: z.boolean() }) },
});
const anyWay = defineEndpoint({
  owner: 'edge',
  family: 'gateway',
  id: 'f.anyWay',
  method: 'GET',
  path: '/way/any',
  access: 'public',
  summary: 'fixture',
  responses: { 200: z.object({ express: z.boolean() }) },
  errors: [],
});
const whoAmI = defineEndpoint({
  ...base,
  id: 'f.me',
  method: 'GET',
  path: '/me',
  access: 'user',
  responses: { 200: z.object({ user_id: z.string() }) },
});
const inner = defineEndpoint({
  ...base,
  id: 'f.inner',
  method: 'GET',
  path: '/inner',
  access: 'service',
  responses: { 200: z.object({ caller: z.string() }) },
});
const admin = defineEndpoint({
  ...base,
  id: 'f.admin',
  method: 'GET',
  path: '/admin',
  access: 'admin',
  responses: { 200: z.object({}) },
});
const operated = {
  ...base,
  path: '/operated',
  access: 'platform_admin',
  responses: { 200: z.object({ user_id: z.string().nullable() }) },
} as const;
const readOperated = defineEndpoint({ ...operated, id: 'f.readOperated', method: 'GET' });
const changeOperated = defineEndpoint({ ...operated, id: 'f.changeOperated', method: 'PUT' });
const helpOperated = defineEndpoint({ ...operated, id: 'f.helpOperated', method: 'PATCH', operatorRole: 'support' });
const broken = defineEndpoint({
  ...base,
  id: 'f.broken',
  method: 'GET',
  path: '/broken',
  access: 'public',
  responses: { 200: z.object({ n: z.number() }) },
});
const account = defineEndpoint({
  ...base,
  id: 'f.account',
  family: 'account',
  method: 'GET',
  path: '/auth/things/:id',
  access: 'public',
  params: z.object({ id: z.uuid() }),
  responses: { 200: z.object({}) },
});
const failing = defineEndpoint({
  ...base,
  id: 'f.failing',
  method: 'GET',
  path: '/failing',
  access: 'public',
  query: z.object({ how: z.string() }),
  responses: { 200: z.object({}) },
});

const FAILURES: Readonly<Record<string, () => Error>> = {
  bug: () => new TypeError('secret internals at /srv/app'),
  refused: () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  wrapped: () => new Error('query failed', { cause: { kind: 'DatabaseNotReachable' } }),
  known: () =>
    new AppError('auth.insufficient_credits', { detail: 'Insufficient credits.', extra: { cost: 5, balance: 3 } }),
};

/** A small service of fixture endpoints on a free port, with the kit's whole pipeline in front of them. */
export async function startFixture(options: { serviceKeys?: ServiceKeys; readiness?: ReadinessChecks } = {}) {
  const caller = { name: 'fixture', grants: new Set(['internal', 'gateway'] as const) };
  let echoed = 0;
  const app = createServiceApp({
    service: 'fixture',
    version: '1.2.3',
    routes: [
      route(echo, ({ body }) => {
        echoed += 1;
        return { status: 200, body };
      }),
      route(leaveNote, ({ body }) => ({ status: 200, body })),
      // Express leaves its mark on each request that it serves.
      route(hotWay, ({ request }) => ({ status: 200, body: { express: 'originalUrl' in request } })),
      route(anyWay, ({ request }) => ({ status: 200, body: { express: 'originalUrl' in request } })),
      route(whoAmI, ({ identity }) => ({ status: 200, body: { user_id: identity.userId } })),
      route(inner, (call) => ({ status: 200, body: { caller: call.caller.name } })),
      route(admin, () => ({ status: 200, body: {} })),
      route(readOperated, ({ identity }) => ({ status: 200, body: { user_id: identity?.userId ?? null } })),
      route(helpOperated, ({ identity }) => ({ status: 200, body: { user_id: identity?.userId ?? null } })),
      route(changeOperated, ({ identity }) => ({ status: 200, body: { user_id: identity?.userId ?? null } })),
      route(broken, () => ({ status: 200, body: JSON.parse('{"n":"not a number"}') })),
      route(account, () => ({ status: 200, body: {} })),
      route(failing, ({ query }) => {
        throw FAILURES[query.how]?.() ?? new Error('unknown failure');
      }),
    ],
    keys: {
      serviceKeys: options.serviceKeys ?? new ServiceKeys([{ value: SERVICE_KEY, caller }]),
      adminKeys: [ADMIN_KEY],
      gatewaySecrets: [SIGNING_SECRET],
    },
    readiness: options.readiness ?? { required: {} },
    logger: createLogger('fixture', 'silent'),
    metrics: createMetrics('fixture'),
    checkResponses: true,
  });
  const server = createServer(app);
  const url = await listen(server, 0, '127.0.0.1');
  return { url, echoed: () => echoed, close: () => closeServer(server, 100) };
}

/** The headers by which the edge vouches for a user. */
export function vouchedFor(
  userId: string,
  method: string,
  path: string,
  timestamp = Math.floor(Date.now() / 1000),
): Record<string, string> {
  return {
    [HEADER.serviceKey]: SERVICE_KEY,
    [HEADER.userId]: userId,
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignature]: signGatewayRequest(SIGNING_SECRET, { method, path, userId, timestamp }),
  };
}
