import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { withEdge, type StackTests } from '../support/on-one-stack.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { writeRoutesFile, type RoutesFile } from '../support/routes-file.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';

/** As many as the connections to an address of an upstream, unless its routes file says otherwise. */
export const oneCallersStreamsStopNobody: StackTests = (shared) => {
  const STREAMS = 512;
  const CONCURRENT = 20;
  const CONNECTIONS_MAX = 16;

  let routes: RoutesFile;
  let patient: RoutesFile;
  let stack: EdgeStack;
  let smallUrl: string;
  /** Of an edge on which one waits as long as it takes. */
  let patientUrl: string;
  let metricsUrl: string;
  let user: SignedIn;
  let other: SignedIn;
  const ROUTE = 'id: all, path: /api/v1/timepoints/*, methods: [GET], auth: required, charge: none, webSocket: true';

  beforeAll(async () => {
    const port = await freePort();
    metricsUrl = `http://127.0.0.1:${port}`;
    const free = { per_minute: 100_000, per_day: 1_000_000, concurrent: CONCURRENT };
    const anonymous = { per_minute: 100_000 };
    stack = await withEdge(shared(), {
      METRICS_PORT: String(port),
      RATE_LIMIT_TIERS: JSON.stringify({ free, anonymous }),
    });
    routes = await writeRoutesFile(`connectionsMax: ${CONNECTIONS_MAX}, queueTimeoutMs: 500`, ROUTE);
    smallUrl = (await stack.startEdge({ ROUTES_FILE: routes.path, METRICS_PORT: '' })).url;
    patient = await writeRoutesFile(`connectionsMax: ${CONNECTIONS_MAX}, queueTimeoutMs: 30000`, ROUTE);
    patientUrl = (await stack.startEdge({ ROUTES_FILE: patient.path, METRICS_PORT: '' })).url;
  });
  afterAll(async () => {
    await stack.stop();
    await Promise.all([routes.remove(), patient.remove()]);
  });

  let streams: RawSocket[] = [];
  beforeEach(async () => {
    for (const stream of streams) stream.destroy();
    streams = [];
    stack.upstream.reset();
    [user, other] = [await stack.signIn(), await stack.signIn()];
    stack.upstream.respond = (request, response) => {
      if (request.url?.includes('stream') !== true) return void response.end('done');
      return void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: open\n\n');
    };
  });

  const READ = '/api/v1/timepoints/stream';
  /** Opens a stream; `head` is what came first. */
  const openStream = async (url: string, credential: string, path = READ, more = ''): Promise<RawSocket> => {
    const raw = await openRawSocket(url);
    streams.push(raw);
    const [method, body] = path === READ ? ['GET', ''] : ['POST', '{}'];
    raw.write(
      `${method} ${path} HTTP/1.1\r\nHost: h\r\n${credential}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`,
    );
    return raw;
  };
  const bearer = ({ token }: SignedIn): string => `Authorization: Bearer ${token}`;
  const statusOf = async (raw: RawSocket): Promise<number> =>
    Number(/^HTTP\/1\.1 (\d{3})/.exec(await raw.until(/^HTTP\/1\.1 \d{3} .*\r\n/))?.[1]);
  const openMany = async (url: string, count: number): Promise<Record<number, number>> => {
    const opened = await Promise.all(Array.from({ length: count }, () => openStream(url, bearer(user))));
    const counts: Record<number, number> = {};
    for (const status of await Promise.all(opened.map(statusOf))) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };
  const refusalsOf = async (kind: string): Promise<number> => {
    const { text } = await send(metricsUrl, '/metrics');
    const line = new RegExp(
      `^turnpike_edge_upstream_failures_total\\{upstream="flash",kind="${kind}"[^}]*\\} (\\S+)$`,
      'm',
    );
    return Number(line.exec(text)?.[1] ?? 0);
  };

  describe(`${STREAMS} streams of one user`, () => {
    test('get what its tier allows and 429 past it, while another user is served at once', async () => {
      const opening = openMany(stack.edge.url, STREAMS);
      // The rest of them waits for its turn meanwhile, or comes later.
      await waitFor(() => streams.filter((stream) => stream.text() !== '').length >= CONCURRENT);
      expect((await stack.send('/api/v1/timepoints', { token: other.token })).status).toBe(200);
      expect(await opening).toEqual({ 200: CONCURRENT, 429: STREAMS - CONCURRENT });
      expect(await refusalsOf('caller_share')).toBe(STREAMS - CONCURRENT);
      const refused = streams.find((stream) => stream.text().startsWith('HTTP/1.1 429'));
      expect(refused?.text()).toMatch(/\r\nretry-after: 1\r\n[^]*"code":"rate_limit\.exceeded"/i);
      expect(refused?.text()).toContain(`At most ${CONCURRENT} of your requests and streams`);
    });

    test('that cost credits give back what the refused ones held', async () => {
      const path = '/api/v1/timepoints/generate/stream';
      const before = await stack.balance(user);
      for (let stream = 0; stream < CONCURRENT; stream += 1)
        expect(await statusOf(await openStream(stack.edge.url, bearer(user)))).toBe(200);
      expect(await statusOf(await openStream(stack.edge.url, bearer(user), path))).toBe(429);
      expect(await stack.balance(user)).toBe(before);
    });
  });

  describe('the share of a caller', () => {
    const SMALL_SHARE = CONNECTIONS_MAX / 2;

    test('is at most half of the connections, whatever its tier says, so that others find one', async () => {
      expect(await openMany(smallUrl, CONNECTIONS_MAX)).toEqual({
        200: SMALL_SHARE,
        429: CONNECTIONS_MAX - SMALL_SHARE,
      });
      expect((await send(smallUrl, '/api/v1/timepoints/a', { token: other.token })).status).toBe(200);
    });

    test('is one over all its sessions and API keys', async () => {
      const again = await stack.signInAgain(user);
      const { key } = await stack.createKey(user);
      expect(await openMany(smallUrl, SMALL_SHARE)).toEqual({ 200: SMALL_SHARE });
      expect(await statusOf(await openStream(smallUrl, bearer(again)))).toBe(429);
      expect(await statusOf(await openStream(smallUrl, `X-API-Key: ${key}`))).toBe(429);
    });

    test('counts WebSockets, as long as they are open', async () => {
      stack.upstream.onUpgrade = (_request, socket) => {
        socket.on('error', () => {}).on('end', () => socket.end());
        socket.resume().write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      };
      const upgrade =
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
      const sockets: RawSocket[] = [];
      for (let socket = 0; socket < SMALL_SHARE; socket += 1) {
        sockets.push(await openStream(smallUrl, bearer(user), READ, upgrade));
        expect(await statusOf(sockets[socket] as RawSocket)).toBe(101);
      }
      const read = () => send(smallUrl, '/api/v1/timepoints/a', { token: user.token });
      expect((await read()).status).toBe(429);
      sockets[0]?.destroy();
      await waitFor(async () => (await read()).status === 200);
    });

    test('is waited for: a burst of short requests past it is answered, each in its turn', async () => {
      const answers = await Promise.all(
        Array.from({ length: SMALL_SHARE * 10 }, () => send(patientUrl, '/api/v1/timepoints/a', { token: user.token })),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    });

    test('has room again when a stream ends, for one that waits', async () => {
      expect(await openMany(patientUrl, SMALL_SHARE)).toEqual({ 200: SMALL_SHARE });
      const waiting = openStream(patientUrl, bearer(user));
      await waiting;
      streams[0]?.destroy();
      expect(await statusOf(await waiting)).toBe(200);
    });
  });

  test('after all of it the ledger verifies', () => stack.verify());
};
