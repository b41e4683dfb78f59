import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor, type RunningApp } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/**
 * Once a metered request was sent whole, its upstream's answer decides what is charged, whether or not anybody is there to read it. Otherwise
 * whoever leaves in time, or ends their session, has the work done for nothing.
 */
export const upstreamDecidesWhatIsCharged: StackTests = (shared) => {
  const SYNC = '/api/v1/timepoints/generate/sync';
  let stack: EdgeStack;
  let user: SignedIn;
  /** Answers the request that the upstream has; set when it has arrived whole. */
  let upstream: ServerResponse | undefined;
  /** The upstream was told that its answer is not wanted. */
  let told: boolean;
  beforeAll(async () => {
    // The rest of an answer that nobody takes is read for as long as a test may take to send it.
    stack = await withEdge(shared(), { ABANDONED_ANSWER_TIMEOUT_MS: '60000', HOLD_TTL_SECONDS: '10' });
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    stack.upstream.reset();
    user = await stack.signIn();
    upstream = undefined;
    told = false;
    stack.upstream.respond = (_request, response) => {
      upstream = response;
      response.on('close', () => (told = !response.writableFinished));
    };
  });

  interface Sending {
    readonly target?: string;
    readonly key?: string;
    readonly edge?: RunningApp;
  }

  /** Sends a metered request and resolves once the upstream has it, whole. */
  async function started({ target = SYNC, key, edge = stack.edge }: Sending = {}): Promise<RawSocket> {
    upstream = undefined;
    const raw = await openRawSocket(edge.url);
    raw.write(
      `POST ${target} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\n${key === undefined ? '' : `Idempotency-Key: ${key}\r\n`}` +
        'Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"preset":"hd"}',
    );
    await waitFor(() => upstream);
    return raw;
  }

  /** The client leaves, and the edge has noticed: what it still does, it does with nobody there. */
  async function left(sending?: Sending): Promise<void> {
    const raw = await started(sending);
    raw.destroy();
    await raw.closed;
    await waitFor(async () => (await stack.send('/api/v1/credits/balance', { token: user.token })).status === 200);
  }

  const repeat = (key: string, token = user.token) =>
    stack.send(SYNC, { method: 'POST', token, json: { preset: 'hd' }, headers: { 'Idempotency-Key': key } });

  async function charges(): Promise<number[]> {
    const history = await stack.send('/api/v1/credits/history', { token: user.token });
    return (JSON.parse(history.text) as { amount: number }[]).flatMap(({ amount }) => (amount < 0 ? [amount] : []));
  }

  async function isCharged(credits: number): Promise<void> {
    await waitFor(async () => (await charges()).length > 0);
    expect([await charges(), await stack.balance(user)]).toEqual([[-credits], 50 - credits]);
  }

  async function isGivenBack(): Promise<void> {
    await waitFor(async () => (await stack.balance(user)) === 50);
    expect(await charges()).toEqual([]);
  }

  describe('a client that leaves before the first byte of the answer', () => {
    test.each([
      '/api/v1/timepoints/generate/sync',
      '/api/v1/timepoints/generate',
      '/api/v1/timepoints/generate/stream',
    ])('pays for a success: POST %s', async (target) => {
      await left({ target });
      expect(await stack.balance(user)).toBe(40);
      upstream?.writeHead(202).end('done');
      await isCharged(10);
      expect(told).toBe(false);
    });

    test('pays what the upstream says that it cost, also in a trailer', async () => {
      await left();
      upstream?.writeHead(200, { Trailer: 'X-Credits-Cost' }).write('done');
      upstream?.addTrailers({ 'X-Credits-Cost': '3' });
      upstream?.end();
      await isCharged(3);
    });

    test.each([400, 404, 500, 503])('pays nothing for a %i', async (status) => {
      await left();
      upstream?.writeHead(status).end('no');
      await isGivenBack();
    });

    test('pays nothing for a connection that breaks, before the answer or in it', async () => {
      await left();
      upstream?.destroy();
      await isGivenBack();
      await left();
      upstream?.writeHead(200, { 'Content-Length': '100' }).write('some', () => upstream?.destroy());
      await isGivenBack();
    });

    test('finds the answer under its Idempotency-Key; until then it runs', async () => {
      await left({ key: 'left' });
      expect(await repeat('left')).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
      upstream?.writeHead(201, { 'X-Made': 'yes' }).end('{"id":1}');
      const again = await waitFor(async () => {
        const answer = await repeat('left');
        return answer.status === 409 ? undefined : answer;
      });
      expect(again).toMatchObject({
        status: 201,
        text: '{"id":1}',
        headers: { 'idempotency-replayed': 'true', 'x-made': 'yes', 'x-credits-charged': '10' },
      });
      expect(stack.upstream.received).toHaveLength(1);
      await isCharged(10);
    });

    test('is waited for by an edge that stops', async () => {
      const edge = await stack.startEdge({ SHUTDOWN_TIMEOUT_MS: '20000' });
      await left({ edge });
      process.kill(edge.pid, 'SIGTERM');
      await waitFor(() => edge.logs().some((line) => line.includes('"stopping"')));
      upstream?.end('done');
      await isCharged(10);
      expect(await edge.exited).toEqual({ code: 0, signal: null });
    });

    test('is told from one that leaves before its own request is whole: nothing is charged, and the upstream is told', async () => {
      let arrived = false;
      stack.upstream.onRequest = (request, response) => {
        arrived = true;
        request.on('error', () => {});
        response.on('close', () => (told = true));
        return true;
      };
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `POST /api/v1/interactions/1/chat HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nContent-Length: 100000\r\n\r\nsome`,
      );
      await waitFor(() => arrived);
      raw.destroy();
      await waitFor(() => told);
      await isGivenBack();
    });

    test('on a free route has its upstream told at once', async () => {
      const raw = await openRawSocket(stack.edge.url);
      raw.write(`GET /api/v1/timepoints/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\n\r\n`);
      await waitFor(() => upstream);
      raw.destroy();
      await waitFor(() => told);
    });
  });

  describe('a client that leaves in the middle of the answer', () => {
    const midway = async (sending: Sending = {}): Promise<void> => {
      const raw = await started(sending);
      upstream?.writeHead(200).write('first ');
      await raw.until(/first /);
      raw.destroy();
      await raw.closed;
    };

    test('pays, and the upstream is told', async () => {
      await midway();
      await isCharged(10);
      await waitFor(() => told);
    });

    test('with an Idempotency-Key finds the whole answer under it', async () => {
      await midway({ key: 'midway' });
      await waitFor(async () => (await repeat('midway')).status === 409);
      upstream?.end('second');
      const again = await waitFor(async () => {
        const answer = await repeat('midway');
        return answer.status === 409 ? undefined : answer;
      });
      expect(again).toMatchObject({ status: 200, text: 'first second', headers: { 'idempotency-replayed': 'true' } });
      await isCharged(10);
    });

    test('with a key and an answer without an end pays when nobody waits any longer, and the upstream is told', async () => {
      await midway({ key: 'endless', edge: await stack.startEdge({ ABANDONED_ANSWER_TIMEOUT_MS: '1000' }) });
      await isCharged(10);
      await waitFor(() => told);
      expect(await repeat('endless')).toMatchObject({ status: 409, body: { code: 'idempotency.conflict' } });
    });
  });

  describe('a session that ends during the call', () => {
    const logout = () => stack.send('/api/v1/auth/logout', { method: 'POST', token: user.token });

    test('is charged all the same: the answer is withheld, says so, and is there for the next session', async () => {
      const raw = await started({ key: 'ended' });
      await logout();
      await waitFor(async () => (await stack.send('/api/v1/auth/me', { token: user.token })).status === 401);
      upstream?.end('a secret');
      const answer = await raw.until(/\r\n\r\n.*\}/);
      expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*auth\.session_revoked/);
      expect(answer).toMatch(/x-credits-charged: 10\r\nx-credits-remaining: 40\r\n/i);
      expect(answer).not.toContain('a secret');
      raw.destroy();
      user = await stack.signInAgain(user);
      await isCharged(10);
      expect(await waitFor(() => repeat('ended'))).toMatchObject({ status: 200, text: 'a secret' });
      await isCharged(10);
    });

    test('costs nothing where the upstream fails', async () => {
      const raw = await started();
      await logout();
      await waitFor(async () => (await stack.send('/api/v1/auth/me', { token: user.token })).status === 401);
      upstream?.writeHead(500).end('no');
      expect(await raw.until(/\r\n\r\n.*\}/)).toMatch(/^HTTP\/1\.1 401 [^]*x-credits-charged: 0\r\n/i);
      raw.destroy();
      user = await stack.signInAgain(user);
      await isGivenBack();
    });
  });

  describe('on an edge with a short time-out and a metered WebSocket', () => {
    let edge: RunningApp;
    let routes: RoutesFile;
    beforeAll(async () => {
      routes = await writeRoutesFile(
        'headersTimeoutMs: 500',
        'id: late, path: /late, methods: [POST], auth: required, charge: { operation: chat }',
        'id: socket, path: /socket, methods: [GET], auth: required, charge: { operation: chat }, webSocket: true, headersTimeoutMs: 60000',
      );
      edge = await stack.startEdge({ ROUTES_FILE: routes.path });
    });
    afterAll(() => routes.remove());

    test('an upstream that does not answer in time costs nothing, also with nobody there', async () => {
      await left({ target: '/late', edge });
      await waitFor(() => told);
      await isGivenBack();
    });

    const UPGRADE =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const askForSocket = async (): Promise<[RawSocket, Duplex]> => {
      const asked = new Promise<Duplex>((resolve) => {
        stack.upstream.onUpgrade = (_request, socket) => resolve(socket.on('error', () => {}).resume());
      });
      const raw = await openRawSocket(edge.url);
      raw.write(`GET /socket HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\n${UPGRADE}\r\n`);
      return [raw, await asked];
    };
    const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

    test('a WebSocket that its upstream opens is paid, though its client left meanwhile; one that it refuses is not', async () => {
      const [leaving, opened] = await askForSocket();
      leaving.destroy();
      await leaving.closed;
      expect(await stack.balance(user)).toBe(49);
      opened.write(SWITCHING);
      await isCharged(1);
      await waitFor(() => opened.readableEnded || opened.destroyed);
      const [another, refused] = await askForSocket();
      another.destroy();
      await another.closed;
      refused.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
      await waitFor(async () => (await stack.balance(user)) === 49);
      expect(await charges()).toEqual([-1]);
    });

    test('a WebSocket whose session ends before it opens is withheld, and says what it was charged', async () => {
      const [raw, opened] = await askForSocket();
      await stack.send('/api/v1/auth/logout', { method: 'POST', token: user.token });
      await waitFor(async () => (await send(edge.url, '/late', { method: 'POST', token: user.token })).status === 401);
      opened.write(SWITCHING);
      expect(await raw.closed).toMatch(/^HTTP\/1\.1 401 [^]*x-credits-charged: 1\r\n/i);
      user = await stack.signInAgain(user);
      await isCharged(1);
    });
  });
};
