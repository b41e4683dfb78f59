import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Turnpike } from '@turnpike/client';
import { freePort, startPostgres, startRedis } from '@turnpike/test-kit';
import type { OwnStore } from '@turnpike/test-kit';
import { balanceOf, refusalOf, signInAs } from '../support/callers.ts';
import { startTempStack } from '../support/temp-stack.ts';
import type { TempStack } from '../support/temp-stack.ts';

const generate = '/api/v1/timepoints/generate/sync';
const startTimeoutMs = 120_000;

let postgres: OwnStore;
let redis: OwnStore;
let temp: TempStack;
let upstreamPort = 0;
let upstream: Server | undefined;
let users = 0;

beforeAll(async () => {
  upstreamPort = await freePort();
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  temp = await startTempStack({
    FLASH_URL: `http://127.0.0.1:${upstreamPort}`,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
  });
}, startTimeoutMs);
afterAll(async () => {
  await temp.dispose();
  await Promise.all([postgres.dispose(), redis.dispose()]);
}, startTimeoutMs);
afterEach(async () => {
  upstream?.closeAllConnections();
  await new Promise((resolve) => (upstream ? upstream.close(resolve) : resolve(undefined)));
  upstream = undefined;
});

/** The backend of this test; without a call to this, nothing listens. */
async function serveUpstream(listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  upstream = server;
  await new Promise<void>((resolve) => server.listen(upstreamPort, '127.0.0.1', resolve));
}

/** A metered call. */
const order = (caller: Turnpike): Promise<unknown> =>
  caller.request(generate, { method: 'POST', json: { query: 'x' } });

async function newUser(): Promise<Turnpike> {
  users += 1;
  return await signInAs(temp.visitor, temp.stack.info.admin_api_key, `user-${users}@example.com`);
}

test('stores that the environment names are used, and no others started', () => {
  expect(temp.stack.info).toMatchObject({ database_url: postgres.url, redis_url: redis.url });
  expect(Object.keys(temp.stack.processes())).not.toContain('postgres');
  expect(Object.keys(temp.stack.processes())).not.toContain('redis');
});

describe('a call that fails costs nothing and says why', () => {
  test('upstream 500: its answer is passed on', async () => {
    await serveUpstream((_request, response) => {
      response.writeHead(500, { 'Content-Type': 'application/json' }).end('{"detail":"The model is on fire"}');
    });
    const user = await newUser();
    const answer = await refusalOf(order(user));
    expect(answer).toMatchObject({ status: 500, body: { detail: 'The model is on fire' } });
    expect(answer.headers.get('x-credits-charged')).toBe('0');
    expect(answer.headers.get('x-credits-remaining')).toBe('50');
    expect(await balanceOf(user)).toBe(50);
  });

  test('upstream 4xx', async () => {
    await serveUpstream((_request, response) => {
      response.writeHead(422, { 'Content-Type': 'application/json' }).end('{"detail":"query is too long"}');
    });
    const user = await newUser();
    expect((await refusalOf(order(user))).status).toBe(422);
    expect(await balanceOf(user)).toBe(50);
  });

  test('refused connection: 502 or 503, without the address of the upstream', async () => {
    const user = await newUser();
    const { status, headers, body } = await refusalOf(order(user));
    expect([502, 503]).toContain(status);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'upstream.unavailable', request_id: headers.get('x-request-id') });
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
    expect(JSON.stringify(body)).not.toContain(String(upstreamPort));
    expect(await balanceOf(user)).toBe(50);
  });

  test('connection cut before an answer', async () => {
    await serveUpstream((request) => request.socket.destroy());
    const user = await newUser();
    expect(await refusalOf(order(user))).toMatchObject({ status: 502, code: 'upstream.unavailable' });
    expect(await balanceOf(user)).toBe(50);
  });

  test('unauthenticated: 401, and the upstream hears nothing', async () => {
    let heard = 0;
    await serveUpstream((_request, response) => {
      heard += 1;
      response.end('{}');
    });
    const answer = await refusalOf(order(temp.visitor));
    expect(answer).toMatchObject({ status: 401, code: 'auth.missing' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.headers.get('x-ratelimit-limit')).toBeTruthy();
    const forged = await refusalOf(order(temp.visitor.as({ accessToken: 'a.b.c' })));
    expect(forged).toMatchObject({ status: 401, code: 'auth.jwt_invalid' });
    expect(heard).toBe(0);
  });
});
