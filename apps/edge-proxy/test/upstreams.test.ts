import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { startRawUpstream, type RawUpstream } from './support/raw-upstream.ts';

const ROUTES = `
version: 1
upstreams:
  one: { url: RAW_URL, serviceKey: K, headersTimeoutMs: 700, idleTimeoutMs: 700, connectTimeoutMs: 500, breaker: { failures: 1000 } }
  pair: { url: PAIR_URL, serviceKey: K, connectTimeoutMs: 500, breaker: { failures: 2, openMs: 600 } }
  dead: { url: DEAD_URL, serviceKey: K, connectTimeoutMs: 500, breaker: { failures: 3, openMs: 600 } }
  checked: { url: CHECKED_URL, serviceKey: K, breaker: { failures: 1000 }, healthCheck: { path: /health, intervalMs: 100, timeoutMs: 500 } }
routes:
  - { id: one, path: /one/*, methods: any, upstream: one, auth: public, charge: none, limit: tier, scope: none }
  - { id: pair, path: /pair/*, methods: any, upstream: pair, auth: public, charge: none, limit: tier, scope: none }
  - { id: dead, path: /dead/*, methods: any, upstream: dead, auth: public, charge: none, limit: tier, scope: none }
  - { id: checked, path: /checked/*, methods: any, upstream: checked, auth: public, charge: none, limit: tier, scope: none }
`;

let lone: LoneEdge;
let second: RawUpstream;
let sick: RawUpstream;
let deadPort: number;
beforeAll(async () => {
  second = await startRawUpstream();
  sick = await startRawUpstream();
  deadPort = await freePort();
  const dead = `http://127.0.0.1:${deadPort}`;
  const routed = {
    PAIR_URL: `${dead}, ${second.url}`,
    DEAD_URL: dead,
    CHECKED_URL: `${second.url},${sick.url}`,
    K: 'edge-test-upstream-key-0123456789',
  };
  lone = await startLoneEdge(routed, ROUTES);
});
afterAll(async () => {
  await lone.stop();
  await second.close();
  await sick.close();
});
beforeEach(() => {
  lone.upstream.reset();
  second.reset();
  sick.reset();
});

describe('time-outs', () => {
  test('no response in time is 504, without a word about where it was asked', async () => {
    lone.upstream.onRequest = () => true;
    const answer = await lone.send('/one/slow');
    expect([answer.status, answer.body['code']]).toEqual([504, 'upstream.timeout']);
    expect(answer.text).not.toContain(new URL(lone.upstream.url).port);
  });

  test('a response that stops in the middle is broken off', async () => {
    lone.upstream.respond = (_request, response) =>
      void response.writeHead(200, { 'Content-Length': '100' }).write('part');
    await expect(lone.send('/one/stuck')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

describe('retries', () => {
  const failOnce = (): void => {
    let calls = 0;
    lone.upstream.onRequest = (request) => {
      calls += 1;
      if (calls === 1) request.socket.destroy();
      return calls === 1;
    };
  };

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    '%s, which is safe, is tried again when the connection breaks',
    async (method) => {
      failOnce();
      expect((await lone.send('/one/flaky', { method })).status).toBe(200);
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s may have been done, so it is not', async (method) => {
    failOnce();
    const answer = await lone.send('/one/flaky', { method });
    expect([answer.status, answer.body['code'], lone.upstream.received.length]).toEqual([
      502,
      'upstream.unavailable',
      0,
    ]);
  });

  test('a GET with a body that was streamed is not, as nobody has it any more', async () => {
    let calls = 0;
    lone.upstream.onRequest = (request) => {
      calls += 1;
      request.once('data', () => request.socket.destroy());
      return true;
    };
    const chunked = ['Transfer-Encoding', 'chunked'];
    const answer = await lone.send('/one/flaky', { method: 'GET', body: 'body', rawHeaders: chunked });
    expect([answer.status, calls]).toEqual([502, 1]);
  });

  test('a response that is no HTTP is 502', async () => {
    lone.upstream.onRequest = (request) => {
      request.socket.end('SSH-2.0-OpenSSH\r\n');
      return true;
    };
    const answer = await lone.send('/one/ssh', { method: 'POST' });
    expect([answer.status, answer.body['code']]).toEqual([502, 'upstream.unavailable']);
  });
});

describe('several addresses', () => {
  test('a refused connection moves on to the next address, with the whole body', async () => {
    for (let call = 0; call < 6; call += 1) {
      const answer = await lone.send('/pair/a', { method: 'POST', body: `body ${call}` });
      expect([answer.status, answer.body['body']]).toEqual([200, `body ${call}`]);
    }
    expect(second.received.filter(({ target }) => target === '/pair/a')).toHaveLength(6);
  });

  test('one whose health check fails is left out, and taken back when it recovers', async () => {
    sick.respond = (_request, response) => response.writeHead(503).end();
    await waitFor(() => sick.received.some(({ target }) => target === '/health'));
    await waitFor(async () => {
      second.received.length = 0;
      sick.received.length = 0;
      for (let call = 0; call < 4; call += 1) await lone.send('/checked/a');
      return second.received.filter(({ target }) => target === '/checked/a').length === 4;
    });
    sick.reset();
    await waitFor(async () => {
      await lone.send('/checked/a');
      return sick.received.some(({ target }) => target === '/checked/a');
    });
  });
});

describe('an upstream that is down', () => {
  test('is 502, then 503 with Retry-After while the breaker is open, and works again once it is up again', async () => {
    const first = await lone.send('/dead/a', { method: 'POST', body: 'x' });
    expect([first.status, first.body['code']]).toEqual([502, 'upstream.unavailable']);
    await waitFor(async () => {
      const answer = await lone.send('/dead/a');
      return (
        answer.status === 503 && answer.headers['retry-after'] === '1' && answer.body['code'] === 'upstream.unavailable'
      );
    });
    const back = await startRawUpstream({ port: deadPort });
    try {
      await waitFor(async () => (await lone.send('/dead/a')).status === 200);
    } finally {
      await back.close();
    }
  });
});
