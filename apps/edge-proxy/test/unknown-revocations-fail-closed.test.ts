import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { REVOCATION_STREAM } from '@turnpike/contracts';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

/** A newer auth may revoke what this edge has no word for. Then nobody is known any more, and auth is asked again about everybody. */
const LIST = '/api/v1/timepoints';
const SOMEBODY = '01936f5e-7b1a-7c3e-9d2f-5a6b7c8d9e0f';

let stack: EdgeStack;
let redis: Redis;
let user: SignedIn;
beforeAll(async () => {
  stack = await startStack();
  redis = new Redis(stack.redis.url);
  await stack.databases.auth.query('ALTER TABLE revocation DROP CONSTRAINT revocation_kind_check');
  // What is announced before the edge waits on the stream is not in auth's table either, where it would look for it.
  await waitFor(async () => String(await redis.client('LIST')).includes('cmd=xread'));
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});
beforeEach(async () => {
  stack.upstream.reset();
  stack.upstream.onRequest = (request, response) => {
    if (!request.url?.endsWith('/events')) return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
    return true;
  };
  user = await stack.signIn();
});

async function openEvents(url: string, { token } = user): Promise<RawSocket> {
  const raw = await openRawSocket(url);
  raw.write(`GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await raw.until(/data: 1/);
  return raw;
}

/** The session ends in auth's table and nobody is told, so only an edge that asks again can know. */
const endSilently = () =>
  stack.databases.auth.query("UPDATE session SET ended_at = now(), end_reason = 'logout' WHERE user_id = $1::uuid", [
    user.userId,
  ]);

const announce = (...fields: string[]) => redis.xadd(REVOCATION_STREAM, '*', ...fields);

describe('on the stream', () => {
  test.each<[string, string[]]>([
    ['a kind of tomorrow', ['kind', 'galaxy', 'id', SOMEBODY, 'at', new Date().toISOString()]],
    ['an id that is no UUID', ['kind', 'galaxy', 'id', 'andromeda', 'at', new Date().toISOString()]],
    ['other fields', ['what', 'everything']],
  ])('%s: open streams end and remembered callers are asked about again', async (_what, fields) => {
    const events = await openEvents(stack.edge.url);
    await endSilently();
    expect((await stack.send(LIST, { token: user.token })).status).toBe(200);
    await announce(...fields);
    await events.closed;
    expect((await stack.send(LIST, { token: user.token })).body['code']).toBe('auth.session_revoked');
  });

  test('who still has access goes on with the same credential', async () => {
    const events = await openEvents(stack.edge.url);
    await announce('kind', 'galaxy', 'id', SOMEBODY, 'at', new Date().toISOString());
    await events.closed;
    expect((await stack.send(LIST, { token: user.token })).status).toBe(200);
  });

  test('a request that is waiting for its upstream is 503, as its caller may have access', async () => {
    let answer: (() => void) | undefined;
    stack.upstream.respond = (_request, response) => (answer = () => response.end('late'));
    const waiting = stack.send(LIST, { token: user.token });
    await waitFor(() => answer !== undefined);
    const events = await openEvents(stack.edge.url);
    await announce('kind', 'galaxy', 'id', SOMEBODY, 'at', new Date().toISOString());
    await events.closed;
    answer?.();
    const refused = await waiting;
    expect([refused.status, refused.body['code'], refused.headers['retry-after']]).toEqual([
      503,
      'service.unavailable',
      '1',
    ]);
  });
});

describe('by the poll of an edge without Redis', () => {
  let way: TcpProxy;
  let edge: RunningApp;
  beforeAll(async () => {
    const { host, pathname } = new URL(stack.redis.url);
    way = await startTcpProxy(`http://${host}`);
    edge = await stack.startEdge({
      REDIS_URL: `redis://127.0.0.1:${way.port}${pathname}`,
      REVOCATION_POLL_MS: '200',
    });
  });
  afterAll(() => way.close());

  test('a row of a kind of tomorrow has the same effect once, and hides no other row', async () => {
    const other = await stack.signIn();
    expect((await send(edge.url, LIST, { token: other.token })).status).toBe(200);
    const events = await openEvents(edge.url);
    await endSilently();
    way.set('refuse');
    expect((await send(edge.url, LIST, { token: user.token })).status).toBe(200);
    // As published, so that the stream of no edge has it.
    await stack.databases.auth.query(
      "INSERT INTO revocation (kind, target_id, published_at) VALUES ('galaxy', gen_random_uuid(), now())",
    );
    await events.closed;
    expect((await send(edge.url, LIST, { token: user.token })).body['code']).toBe('auth.session_revoked');
    // Rows behind the unknown one are heard, and it counts once although each poll reads it again.
    const third = await stack.signIn();
    const [again, ended] = [await openEvents(edge.url, other), await openEvents(edge.url, third)];
    await stack.send('/api/v1/auth/logout', { method: 'POST', token: third.token });
    await ended.closed;
    expect(again.socket.destroyed).toBe(false);
    await stack.send('/api/v1/auth/logout', { method: 'POST', token: other.token });
    await again.closed;
    await waitFor(
      async () => (await send(edge.url, LIST, { token: other.token })).body['code'] === 'auth.session_revoked',
    );
  });
});
