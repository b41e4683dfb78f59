import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
import { acceptSockets, openEvents as openStream, openSocket as openWebSocket } from '../support/streams.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

export const revocation: StackTests = (shared) => {
  const LIST = '/api/v1/timepoints';

  let stack: EdgeStack;
  let user: SignedIn;
  beforeAll(async () => {
    stack = await withEdge(shared());
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
  });

  const logout = (who: SignedIn, json?: object) =>
    stack.send('/api/v1/auth/logout', { method: 'POST', token: who.token, ...(json ? { json } : {}) });

  const openEvents = (url: string, credential: string) => openStream(stack.upstream, url, credential);
  const openSocket = (url: string, credential: string) => openWebSocket(stack.upstream, url, credential);

  /** How fast is measured in bench/; here it must happen at all, without waiting for a cache to age. */
  describe('access ends everywhere with', () => {
    test('logging out, with the token cached at two edges and an event stream and a socket open', async () => {
      const second = await stack.startEdge();
      const urls = [stack.edge.url, second.url];
      for (const url of urls) expect((await send(url, LIST, { token: user.token })).status).toBe(200);
      const open = await Promise.all(urls.flatMap((url) => [openEvents(url, user.token), openSocket(url, user.token)]));
      expect((await logout(user)).status).toBe(200);
      await Promise.all(open.map((raw) => raw.closed));
      for (const url of urls) {
        const answer = await waitFor(async () => {
          const now = await send(url, LIST, { token: user.token });
          return now.status === 401 ? now : undefined;
        });
        expect(answer.body['code']).toBe('auth.session_revoked');
      }
    });

    test('deleting an API key', async () => {
      const key = await stack.createKey(user);
      const events = await openEvents(stack.edge.url, key.key);
      await key.delete();
      await events.closed;
      await waitFor(
        async () => (await stack.send(LIST, { headers: { 'X-API-Key': key.key } })).body['code'] === 'auth.key_revoked',
      );
      // The owner's session goes on.
      expect((await stack.send(LIST, { token: user.token })).status).toBe(200);
    });

    test('deleting the account', async () => {
      const socket = await openSocket(stack.edge.url, user.token);
      expect((await stack.send('/api/v1/auth/me', { method: 'DELETE', token: user.token })).status).toBe(200);
      await socket.closed;
      await waitFor(async () => (await stack.send(LIST, { token: user.token })).status === 401);
    });

    test('and a request that is waiting for its upstream meanwhile is refused, and costs what its upstream did', async () => {
      let answer: (() => void) | undefined;
      stack.upstream.respond = (_request, response) => (answer = () => response.end('late'));
      const waiting = stack.send('/api/v1/timepoints/generate/sync', { method: 'POST', token: user.token, json: {} });
      await waitFor(() => answer !== undefined);
      await logout(user);
      await waitFor(async () => (await stack.send(LIST, { token: user.token, method: 'DELETE' })).status === 401);
      answer?.();
      const refused = await waiting;
      expect([refused.status, refused.body['code'], refused.headers['x-credits-charged']]).toEqual([
        401,
        'auth.session_revoked',
        '5',
      ]);
    });

    test('and a socket that the upstream accepts only afterwards is refused', async () => {
      let accept: (() => void) | undefined;
      stack.upstream.onUpgrade = (_request, socket) => {
        socket.on('error', () => {});
        accept = () =>
          void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      };
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `GET ${LIST}/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer ${user.token}\r\n\r\n`,
      );
      await waitFor(() => accept !== undefined);
      await logout(user);
      await waitFor(async () => (await stack.send(LIST, { token: user.token, method: 'DELETE' })).status === 401);
      accept?.();
      expect(await raw.closed).toMatch(/^HTTP\/1\.1 401 /);
    });

    test('and a request whose body comes afterwards is not forwarded', async () => {
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `POST ${LIST}/generate HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nExpect: 100-continue\r\n` +
          'Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n',
      );
      // It was let in, and its price is to be read from the body.
      await raw.until(/ 100 Continue/);
      await logout(user);
      await waitFor(async () => (await stack.send(LIST, { token: user.token, method: 'DELETE' })).status === 401);
      stack.upstream.reset();
      raw.write('{}');
      expect(await raw.closed).toMatch(/HTTP\/1\.1 401 /);
      expect(stack.upstream.received).toEqual([]);
    });
  });

  describe('others are not disturbed', () => {
    test('another session of the same user, and another user, keep their streams', async () => {
      const stranger = await stack.signIn();
      const keep = await openEvents(stack.edge.url, stranger.token);
      await logout(user);
      await waitFor(async () => (await stack.send(LIST, { token: user.token, method: 'DELETE' })).status === 401);
      expect(keep.socket.destroyed).toBe(false);
      expect((await stack.send(LIST, { token: stranger.token, method: 'DELETE' })).status).toBe(200);
      keep.destroy();
    });
  });

  describe('an edge that lost Redis', () => {
    let way: TcpProxy;
    let edge: RunningApp;
    let metricsUrl: string;
    beforeAll(async () => {
      const { host, pathname } = new URL(stack.redis.url);
      way = await startTcpProxy(`http://${host}`);
      const metricsPort = await freePort();
      metricsUrl = `http://127.0.0.1:${metricsPort}`;
      edge = await stack.startEdge({
        REDIS_URL: `redis://127.0.0.1:${way.port}${pathname}`,
        REVOCATION_POLL_MS: '200',
        METRICS_PORT: String(metricsPort),
      });
    });
    afterAll(() => way.close());
    beforeEach(() => way.set('pass'));

    const gauge = async (name: string): Promise<number> => {
      const { text } = await send(metricsUrl, '/metrics');
      return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
    };

    test.each(['refuse', 'stall'] as const)('(%s) asks auth instead, also about open streams', async (mode) => {
      expect((await send(edge.url, LIST, { token: user.token })).status).toBe(200);
      const events = await openEvents(edge.url, user.token);
      way.set(mode);
      await logout(user);
      await events.closed;
      await waitFor(
        async () => (await send(edge.url, LIST, { token: user.token })).body['code'] === 'auth.session_revoked',
      );
      await waitFor(async () => (await gauge('turnpike_edge_revocation_knowledge_age_seconds')) < 5);
    });

    test('without being told, as its connections are dead, makes new ones', async () => {
      await waitFor(async () => (await gauge('turnpike_edge_revocation_stream_age_seconds')) < 0.6);
      way.forget();
      await waitFor(async () => {
        await send(edge.url, LIST, { token: user.token });
        return (await gauge('turnpike_edge_limiter_degraded')) === 1;
      });
      await waitFor(async () => {
        await send(edge.url, LIST, { token: user.token });
        expect(await gauge('turnpike_edge_limiter_degraded')).toBe(0);
        expect(await gauge('turnpike_edge_revocation_stream_age_seconds')).toBeLessThan(0.6);
        return true;
      });
    });

    test('reads on where it was when Redis is up again', async () => {
      expect((await send(edge.url, LIST, { token: user.token })).status).toBe(200);
      way.set('refuse');
      await logout(user);
      way.set('pass');
      await waitFor(
        async () => (await send(edge.url, LIST, { token: user.token })).body['code'] === 'auth.session_revoked',
      );
    });
  });

  describe('WebSockets', () => {
    test('pass bytes both ways, with the caller named to the upstream and no credential', async () => {
      let seen: Record<string, unknown> = {};
      const raw = await openSocket(stack.edge.url, user.token);
      stack.upstream.onUpgrade = (request) => (seen = request.headers);
      raw.write('ping-\x00\xff');
      await raw.until(/ping-[^\w]{2}$/);
      expect(raw.text().endsWith('ping-\x00\xff')).toBe(true);
      expect(raw.text()).toMatch(/^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/im);
      expect(raw.text()).toMatch(/^x-ratelimit-limit: /im);
      const second = await openRawSocket(stack.edge.url);
      second.write(
        `GET ${LIST}/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade, X-User-ID\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\nX-User-ID: forged\r\nAuthorization: Bearer ${user.token}\r\n\r\n`,
      );
      await waitFor(() => seen['x-user-id'] === user.userId);
      expect(seen).not.toHaveProperty('authorization');
      expect(seen).toMatchObject({ upgrade: 'websocket', 'sec-websocket-version': '13' });
      raw.destroy();
      second.destroy();
    });

    test.each<[string, string, string, number]>([
      ['without a credential', LIST, '', 401],
      ['where there is none', '/api/v1/billing/socket', 'token', 404],
      ['at an unknown path', '/nowhere', 'token', 404],
    ])('%s are refused like any request', async (_name, path, credential, status) => {
      acceptSockets(stack.upstream);
      const raw = await openRawSocket(stack.edge.url);
      const authorization = credential === '' ? '' : `Authorization: Bearer ${user.token}\r\n`;
      raw.write(`GET ${path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${authorization}\r\n`);
      const answer = await raw.closed;
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(/^x-ratelimit-limit: /im);
    });

    test('an upstream that refuses has its answer passed on', async () => {
      stack.upstream.onUpgrade = (_request, socket) =>
        void socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `GET ${LIST}/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: Bearer ${user.token}\r\n\r\n`,
      );
      expect(await raw.closed).toMatch(/^HTTP\/1\.1 426 [^]*no$/);
    });

    test('either side that leaves takes the other with it', async () => {
      let upstreamClosed = false;
      acceptSockets(stack.upstream);
      const accept = stack.upstream.onUpgrade;
      const raw = await openSocket(stack.edge.url, user.token);
      stack.upstream.onUpgrade = (request, socket, head) => {
        accept?.(request, socket, head);
        socket.on('close', () => (upstreamClosed = true));
      };
      raw.destroy();
      const second = await openRawSocket(stack.edge.url);
      second.write(
        `GET ${LIST}/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\nAuthorization: Bearer ${user.token}\r\n\r\n`,
      );
      await second.until(/101/);
      second.destroy();
      await waitFor(() => upstreamClosed);
    });

    test('another upgrade than WebSocket is answered as the request it is', async () => {
      const answer = await stack.send(LIST, {
        token: user.token,
        headers: { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' },
      });
      expect(answer.status).toBe(200);
      expect(stack.upstream.received[0]?.headers).not.toHaveProperty('upgrade');
      expect(stack.upstream.received[0]?.headers).not.toHaveProperty('http2-settings');
    });
  });
};
