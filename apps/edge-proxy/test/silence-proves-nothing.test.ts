import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { REVOCATION_BEAT, REVOCATION_STREAM } from '@turnpike/contracts';
import { freePort, startRedis, waitFor, WRITE_REFUSALS, type OwnStore } from '@turnpike/test-kit';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';
import { startSteppedFeed, type SteppedFeed } from './support/stepped-feed.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

/** An edge that reads nothing on the revocation stream has not been told that nothing was revoked. Access ends within a second all the same. */

/** The longest that a revocation may go unheard, in milliseconds. */
const PROMISE_MS = 1_000;
/**
 * The promise itself is held by the tests on a stepped clock, which no load can disturb. The ones on the wall clock are a backstop: they show
 * that the whole stack keeps it, open streams included. Their bound leaves room for a busy machine, and is below the 15 s between the
 * polls of an edge that has no doubt.
 */
const BOUND_MS = 12_000;
const LIST = '/api/v1/timepoints';

let store: OwnStore;
let redis: Redis;
/** The services' way to Redis; the edge has its own. */
let way: TcpProxy;
let stack: EdgeStack;
let metricsUrl: string;
beforeAll(async () => {
  store = await startRedis();
  redis = new Redis(store.url);
  redis.on('error', () => {});
  way = await startTcpProxy(store.url);
  const metricsPort = await freePort();
  metricsUrl = `http://127.0.0.1:${metricsPort}`;
  stack = await startStack(
    { REDIS_URL: store.url, METRICS_PORT: String(metricsPort) },
    { REDIS_URL: `redis://127.0.0.1:${way.port}` },
  );
  stack.upstream.onRequest = (request, response) => {
    if (!request.url?.endsWith('/events')) return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
    return true;
  };
});
afterAll(async () => {
  await stack.stop();
  await way.close();
  redis.disconnect();
  await store.dispose();
});

async function gauge(name: string): Promise<number> {
  const { text } = await send(metricsUrl, '/metrics');
  return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
}

/** The stream has proven lately that it tells everything. */
const streamIsSure = () => waitFor(async () => (await gauge('turnpike_edge_revocation_stream_age_seconds')) < 0.6);

async function openEvents({ token }: SignedIn): Promise<RawSocket> {
  const raw = await openRawSocket(stack.edge.url);
  raw.write(`GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await raw.until(/data: 1/);
  return raw;
}

/** Two users with a cached token and an open stream each log out after `fault`. Twice, since one might meet a poll that was due anyway. */
async function expectAccessToEnd(fault: () => Promise<unknown>): Promise<void> {
  const users = [await stack.signIn(), await stack.signIn()];
  const streams = await Promise.all(users.map(openEvents));
  await streamIsSure();
  await fault();
  for (const [index, { token }] of users.entries()) {
    expect((await stack.send(LIST, { token })).status).toBe(200);
    expect((await stack.send('/api/v1/auth/logout', { method: 'POST', token })).status).toBe(200);
    const endedAtMs = performance.now();
    await streams[index]?.closed;
    await waitFor(async () => (await stack.send(LIST, { token })).body['code'] === 'auth.session_revoked');
    expect(performance.now() - endedAtMs).toBeLessThan(BOUND_MS);
  }
}

describe('access ends within a second although', () => {
  test.each(Object.keys(WRITE_REFUSALS))('Redis reads and refuses writes (%s)', async (refusal) => {
    let mend = (): Promise<unknown> => Promise.resolve();
    await expectAccessToEnd(async () => {
      mend = (await WRITE_REFUSALS[refusal]?.(redis)) ?? mend;
      await expect(redis.set('probe', '1')).rejects.toThrow(refusal);
      // Reading is no proof for operators either.
      expect((await stack.send('/health/ready')).body['checks']).toMatchObject({ redis: 'down' });
      expect((await send(stack.urls.auth, '/health/ready')).body['checks']).toMatchObject({ redis: 'down' });
    }).finally(() => mend());
    await streamIsSure();
  });

  test.each(['refuse', 'stall'] as const)('the services alone are cut off from Redis (%s)', async (mode) => {
    await expectAccessToEnd(async () => way.set(mode)).finally(() => way.set('pass'));
    await streamIsSure();
  });

  test('connections to Redis are dead, and nobody was told', async () => {
    await expectAccessToEnd(async () => way.forget());
    await streamIsSure();
  });

  test('Redis comes back empty, with ids behind the last one that the edge saw', async () => {
    await redis.xadd(REVOCATION_STREAM, `${Date.now() + 86_400_000}-0`, 'beat', '1');
    await streamIsSure();
    await expectAccessToEnd(() => redis.flushall());
    // It reads on, and hears from the stream again.
    await streamIsSure();
    await waitFor(async () => (await gauge('turnpike_edge_revocation_knowledge_age_seconds')) < PROMISE_MS / 1_000);
  });
});

/** The id of the session, by which its end is announced. */
const sessionOf = ({ token }: SignedIn): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;

/** Two sessions end after `fault`, and auth is asked for each before a second of the feed's clock has passed since it ended. */
async function expectAuthToBeAsked(feed: SteppedFeed, fault: () => Promise<unknown>): Promise<void> {
  const users = [await stack.signIn(), await stack.signIn()];
  await feed.proven();
  await fault();
  for (const user of users) {
    expect((await stack.send('/api/v1/auth/logout', { method: 'POST', token: user.token })).status).toBe(200);
    // The feed's clock stands here until it has heard.
    feed.step(PROMISE_MS - 1);
    expect(await waitFor(() => feed.heard.get(sessionOf(user)))).toBe('poll');
  }
}

describe('auth is asked within a second of the last heartbeat when', () => {
  let feed: SteppedFeed;
  /** The feed's way to Redis. */
  let feedWay: TcpProxy;
  beforeEach(async () => {
    feedWay = await startTcpProxy(store.url);
    feed = startSteppedFeed(`redis://127.0.0.1:${feedWay.port}`, stack.urls.auth);
  });
  afterEach(async () => {
    await feed.close();
    await feedWay.close();
  });

  test.each(Object.keys(WRITE_REFUSALS))('Redis reads and refuses writes (%s)', async (refusal) => {
    let mend = (): Promise<unknown> => Promise.resolve();
    await expectAuthToBeAsked(feed, async () => {
      mend = (await WRITE_REFUSALS[refusal]?.(redis)) ?? mend;
      await expect(redis.set('probe', '1')).rejects.toThrow(refusal);
    }).finally(() => mend());
    await feed.proven();
  });

  test.each(['refuse', 'stall'] as const)('auth is cut off from Redis (%s)', async (mode) => {
    await expectAuthToBeAsked(feed, async () => way.set(mode)).finally(() => way.set('pass'));
    await feed.proven();
  });

  test.each(['refuse', 'stall'] as const)('the edge is cut off from Redis (%s)', async (mode) => {
    await expectAuthToBeAsked(feed, async () => feedWay.set(mode));
    feedWay.set('pass');
    await feed.proven();
  });

  test('the stream is emptied, and its ids are behind the last one read', async () => {
    await redis.xadd(REVOCATION_STREAM, `${Date.now() + 86_400_000}-0`, REVOCATION_BEAT, '1');
    await expectAuthToBeAsked(feed, async () => {
      way.set('refuse');
      await redis.flushall();
    }).finally(() => way.set('pass'));
    await feed.proven();
  });

  test('heartbeats are missing though Redis serves everybody', async () => {
    const lonely = startSteppedFeed(`${store.url}/1`, stack.urls.auth);
    const other = new Redis(`${store.url}/1`);
    const beats = setInterval(() => void other.xadd(REVOCATION_STREAM, '*', REVOCATION_BEAT, '1'), 50);
    try {
      await expectAuthToBeAsked(lonely, async () => clearInterval(beats));
    } finally {
      clearInterval(beats);
      await lonely.close();
      other.disconnect();
    }
  });
});

test('after all of it the ledger verifies', () => stack.verify());
