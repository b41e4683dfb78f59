import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createTestRedis } from '@turnpike/test-kit';
import { readConfig } from '../../config.ts';
import { Gateway } from '../gateway.ts';
import { SealedStore } from './sealed-store.ts';
import { Sessions } from './sessions.ts';

const CLIENT = { address: '127.0.0.1', userAgent: undefined };
/** Less than is left to an access token that is used as it is. */
const SHORT_SECONDS = 10;
const PAIR = { access_token: 'a', refresh_token: 'r', token_type: 'bearer', expires_in: SHORT_SECONDS } as const;

/** Stands in for the gateway; says when it is asked for new tokens, and gives them when it is told to. */
let gateway: Server;
let redis: Redis;
let sessions: Sessions;
let onAsked: (give: () => void) => void = (give) => give();
beforeAll(async () => {
  const { url } = await createTestRedis();
  redis = new Redis(url);
  gateway = createServer((_request, response) => {
    onAsked(() => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ ...PAIR, access_token: 'b', expires_in: 900 }));
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  const config = readConfig({ EDGE_URL: `http://127.0.0.1:${port}`, REDIS_URL: url });
  sessions = new Sessions({
    store: new SealedStore(redis),
    gateway: new Gateway(config),
    idleMs: 60_000,
    lifeMs: 600_000,
    now: () => Date.now(),
  });
});
afterAll(async () => {
  redis.disconnect();
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
});

test('tokens that have little life left are replaced before they are used', async () => {
  const { secret } = await sessions.begin(PAIR, 'code');
  expect(await sessions.find(secret, CLIENT)).toMatchObject({ secret, accessToken: 'b' });
  expect(await sessions.find(secret, CLIENT)).toMatchObject({ accessToken: 'b' });
});

test('a session that ends while its tokens are replaced has ended', async () => {
  const { secret } = await sessions.begin(PAIR, 'code');
  const asked = new Promise<() => void>((resolve) => (onAsked = resolve));
  const found = sessions.find(secret, CLIENT);
  const give = await asked;
  await sessions.end(secret);
  give();
  expect(await found).toBeUndefined();
  expect(await sessions.find(secret, CLIENT)).toBeUndefined();
});
