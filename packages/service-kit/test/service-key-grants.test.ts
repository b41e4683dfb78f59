import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineEndpoint } from '@turnpike/contracts';
import {
  closeServer,
  commonSettings,
  ConfigError,
  createLogger,
  createMetrics,
  createServiceApp,
  listen,
  loadConfig,
  loadServiceKeys,
  route,
} from '../src/index.ts';

/** A named service key may do what its grants say and nothing else, and cannot pass for another service. */

const OWN = 'the-deployment-s-own-key';
const READER = 'key-of-the-reader-service';
const READER_NEXT = 'next-key-of-the-reader-service';
const RESOLVER = 'key-of-the-resolver-service';
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
    ],
  });
  const app = createServiceApp({
    service: 'fixture',
    version: '1',
    routes: [internal, open].map((endpoint) =>
      route(endpoint, ({ caller }) => ({ status: 200, body: { caller: caller.name } })),
    ),
    keys: {
      serviceKeys: loadServiceKeys({ SERVICE_API_KEY: [OWN], SERVICE_KEYS_FILE: file }),
      adminKeys: [],
      gatewaySecrets: [],
    },
    readiness: {},
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

test.each([
  ['/internal/thing', OWN, {}, 'internal'],
  ['/internal/thing', READER, {}, 'reader'],
  ['/internal/thing', READER_NEXT, {}, 'reader'],
  ['/internal/thing', READER, { 'x-user-id': USER }, 'reader'],
  ['/thing', RESOLVER, {}, 'resolver'],
  ['/internal/thing', OWN, { 'x-gateway-caller': 'flash' }, 'flash'],
])('%s with %s and %j is called by %s', async (target, key, headers, caller) => {
  expect(await call(target, key, headers)).toEqual([200, { caller }]);
});

test('a named key that calls itself another service stays what it is', async () => {
  expect(await call('/internal/thing', READER, { 'x-gateway-caller': 'flash' })).toEqual([200, { caller: 'reader' }]);
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
    expect(() => loadConfig(z.object(commonSettings), { SERVICE_KEYS_FILE: file })).toThrow(
      `SERVICE_KEYS_FILE: ${file} is not usable: `,
    );
  });

  test('a file that is not there', () => {
    expect(() => loadServiceKeys({ SERVICE_API_KEY: [], SERVICE_KEYS_FILE: path.join(folder, 'none') })).toThrow(
      ConfigError,
    );
  });
});
