import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineEndpoint, HEADER, signGatewayRequest } from '@turnpike/contracts';
import {
  closeServer,
  ConfigError,
  createLogger,
  createMetrics,
  createServiceApp,
  listen,
  loadConfig,
  loadServiceKeys,
  route,
  trustSettings,
} from '../src/index.ts';

/** A named service key may do what its grants say and nothing else, and cannot pass for another service. */

const OWN = 'the-deployment-s-own-key';
const READER = 'key-of-the-reader-service';
const READER_NEXT = 'next-key-of-the-reader-service';
const RESOLVER = 'key-of-the-resolver-service';
const ALMIGHTY = 'key-of-a-service-with-all-grants-of-the-file';
const SECRET = 'with-which-the-edge-signs-for-our-own-services';
const USER = '0190b6a4-0000-7000-8000-000000000001';

const shape = {
  owner: 'users',
  method: 'GET',
  access: 'service',
  summary: 'fixture',
  errors: [],
  responses: { 200: z.object({ caller: z.string() }) },
} as const;
const internal = defineEndpoint({ ...shape, id: 'f.internal', family: 'internal', path: '/internal/thing' });
const open = defineEndpoint({ ...shape, id: 'f.open', family: 'gateway', path: '/thing' });
const mine = defineEndpoint({
  ...shape,
  id: 'f.mine',
  family: 'gateway',
  path: '/mine',
  access: 'user',
  responses: { 200: z.object({ user: z.string() }) },
});

let folder: string;
let url: string;
let close: () => Promise<void>;

async function keysFile(content: unknown): Promise<string> {
  const file = path.join(folder, `${Math.random()}.json`);
  await writeFile(file, JSON.stringify(content));
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'service-keys-'));
  const file = await keysFile({
    keys: [
      { name: 'reader', values: [READER, READER_NEXT], grants: ['internal', 'act_as_user'] },
      { name: 'resolver', values: [RESOLVER], grants: ['resolve'] },
      { name: 'almighty', values: [ALMIGHTY], grants: ['internal', 'resolve', 'act_as_user'] },
    ],
  });
  const app = createServiceApp({
    service: 'fixture',
    version: '1',
    routes: [
      ...[internal, open].map((endpoint) =>
        route(endpoint, ({ caller }) => ({ status: 200, body: { caller: caller.name } })),
      ),
      route(mine, ({ identity }) => ({ status: 200, body: { user: identity.userId } })),
    ],
    keys: {
      serviceKeys: loadServiceKeys({ SERVICE_API_KEY: [OWN], SERVICE_KEYS_FILE: file }),
      adminKeys: [],
      gatewaySecrets: [SECRET],
    },
    readiness: { required: {} },
    logger: createLogger('fixture', 'silent'),
    metrics: createMetrics('fixture'),
    checkResponses: true,
  });
  const server = createServer(app);
  url = await listen(server, 0, '127.0.0.1');
  close = () => closeServer(server, 100);
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true });
});

async function call(target: string, key: string, headers: Record<string, string> = {}) {
  const response = await fetch(url + target, { headers: { 'x-service-key': key, ...headers } });
  return [response.status, await response.json()] as const;
}

/** What the edge adds to a request for a user, or for nobody. */
function signed(path: string, userId = '', secret = SECRET): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    ...(userId === '' ? {} : { [HEADER.userId]: userId }),
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignature]: signGatewayRequest(secret, { method: 'GET', path, userId, timestamp }),
  };
}

test.each([
  ['/internal/thing', OWN, {}, 'internal'],
  ['/internal/thing', READER, {}, 'reader'],
  ['/internal/thing', READER_NEXT, {}, 'reader'],
  ['/internal/thing', READER, { 'x-user-id': USER }, 'reader'],
  ['/thing', RESOLVER, {}, 'resolver'],
  ['/internal/thing', OWN, { 'x-gateway-caller': 'flash', ...signed('/internal/thing') }, 'flash'],
  ['/internal/thing', OWN, { 'x-gateway-caller': 'flash', ...signed('/internal/thing', USER) }, 'flash'],
])('%s with %s and %j is called by %s', async (target, key, headers, caller) => {
  expect(await call(target, key, headers)).toEqual([200, { caller }]);
});

test('a named key that calls itself another service stays what it is', async () => {
  const passing = { 'x-gateway-caller': 'flash', ...signed('/internal/thing') };
  expect(await call('/internal/thing', READER, passing)).toEqual([200, { caller: 'reader' }]);
});

describe('what only the edge may say is believed under its key and its signature, not under one of them', () => {
  test('a user', async () => {
    expect(await call('/mine', OWN, signed('/mine', USER))).toEqual([200, { user: USER }]);
  });

  test.each([
    ['the key of no gateway', RESOLVER, signed('/mine', USER), 403],
    ['a key with every grant that a keys file can give', ALMIGHTY, signed('/mine', USER), 403],
    ['no signature', OWN, { [HEADER.userId]: USER }, 401],
    ['a signature with the secret of backends', OWN, signed('/mine', USER, 'what-backends-verify-with'), 401],
  ])('a user, with %s', async (_name, key, headers, status) => {
    expect((await call('/mine', key, headers))[0]).toBe(status);
  });

  test.each([
    ['no signature', {}],
    ['a signature with the secret of backends', signed('/internal/thing', '', 'what-backends-verify-with')],
    ['a signature of another path', signed('/thing')],
  ])('an outside service, with %s', async (_name, headers) => {
    expect((await call('/internal/thing', OWN, { 'x-gateway-caller': 'flash', ...headers }))[0]).toBe(401);
  });
});

test.each([
  ['/internal/thing', {}, 'This service key may not call internal routes.'],
  ['/thing', { 'x-user-id': USER }, 'This service key may not act for users.'],
  ['/thing', { 'x-user-id': '' }, 'This service key may not act for users.'],
])('%s with %j is refused without the grant', async (target, headers, detail) => {
  expect(await call(target, RESOLVER, headers)).toMatchObject([403, { detail, code: 'auth.forbidden' }]);
});

describe('a keys file that is not usable stops the service', () => {
  test.each([
    [
      'a grant that does not exist',
      { name: 'a', values: [READER], grants: ['everything'] },
      'keys.0.grants.0: "everything" is no grant; a key may have internal, act_as_user, resolve',
    ],
    [
      'the grant of the deployment itself',
      { name: 'a', values: [READER], grants: ['gateway'] },
      '"gateway" is no grant',
    ],
    [
      'a key in place of a grant, which is not repeated',
      { name: 'a', values: [READER], grants: ['0123456789abcdef'] },
      'this is no grant',
    ],
    [
      'a misspelt member, which would leave more grants than were meant',
      { name: 'a', values: [READER], scopes: ['resolve'] },
      'keys.0: Unrecognized key: "scopes"',
    ],
    ['a short key', { name: 'a', values: ['short'] }, 'keys.0.values.0: must have at least 16 characters'],
    ['three keys at once', { name: 'a', values: [READER, READER_NEXT, RESOLVER] }, 'keys.0.values: '],
    ['a name out of shape', { name: 'A name', values: [READER] }, 'keys.0.name: must be lower-case'],
    [
      'one value for two names',
      { name: 'b', values: [OWN] },
      'keys: two keys have the same value',
      { name: 'a', values: [OWN] },
    ],
    [
      'one name for two keys',
      { name: 'b', values: [READER] },
      'keys: two keys have the same name',
      { name: 'b', values: [RESOLVER] },
    ],
  ])('%s', async (_name, key, message, ...more) => {
    const file = await keysFile({ keys: [key, ...more] });
    const settings = { SERVICE_API_KEY: [], SERVICE_KEYS_FILE: file };
    expect(() => loadServiceKeys(settings)).toThrow(ConfigError);
    expect(() => loadServiceKeys(settings)).toThrow(message);
    // Before anything is connected, together with every other setting at fault.
    expect(() => loadConfig(z.object(trustSettings), { SERVICE_KEYS_FILE: file })).toThrow(
      `SERVICE_KEYS_FILE: ${file} is not usable: `,
    );
  });

  test('a file that is not there', () => {
    expect(() => loadServiceKeys({ SERVICE_API_KEY: [], SERVICE_KEYS_FILE: path.join(folder, 'none') })).toThrow(
      ConfigError,
    );
  });
});
