import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { OPEN_ROUTES, startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';

let lone: LoneEdge;
beforeAll(async () => {
  // An address where nobody listens, beside the upstream's own.
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const more = `
  - { id: hasty, path: /hasty, methods: [GET], upstream: hasty, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
  - { id: nowhere, path: /nowhere, methods: [GET], upstream: nowhere, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
  - { id: either, path: /either, methods: [GET], upstream: either, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
`;
  const upstreams = `upstreams:
  hasty: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, headersTimeoutMs: 1000 }
  nowhere: { url: NOWHERE_URL, serviceKey: RAW_SERVICE_KEY, connectTimeoutMs: 500 }
  either: { url: EITHER_URL, serviceKey: RAW_SERVICE_KEY, connectTimeoutMs: 500, retries: 1, breaker: { failures: 1000 } }
`;
  lone = await startLoneEdge({ NOWHERE_URL: nowhere });
  await lone.writeRoutes(OPEN_ROUTES.replace('upstreams:\n', upstreams) + more.trimStart().replace(/^/, '  '));
  const edge = await lone.startEdge({ EITHER_URL: `${nowhere},${lone.upstream.url}` });
  lone = { ...lone, edge };
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());
const raws: RawSocket[] = [];
const sides: UpstreamSide[] = [];
afterEach(async () => {
  for (const raw of raws.splice(0)) {
    raw.destroy();
    await raw.closed;
  }
  // Whatever became of a socket, its upstream is let go.
  for (const side of sides.splice(0)) {
    side.socket.resume();
    await side.over;
    side.socket.destroy();
  }
});

/** The upstream's end of an upgrade. */
interface UpstreamSide {
  readonly socket: Duplex;
  /** What came, as latin1. */
  text(): string;
  /** Resolves when the edge has ended or dropped the connection. */
  readonly over: Promise<void>;
}

/** Answers the next upgrades with `answer`, and gives the first. */
function onUpgrade(answer: (socket: Duplex, request: IncomingMessage) => void): Promise<UpstreamSide> {
  return new Promise((resolve) => {
    lone.upstream.onUpgrade = (request, socket, early) => {
      let text = early.toString('latin1');
      socket.on('error', () => {}).on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      const over = new Promise<void>((done) => socket.once('end', done).once('close', done));
      const side = { socket, text: () => text, over };
      sides.push(side);
      answer(socket, request);
      resolve(side);
    };
  });
}

/** Asks for a socket; `headers` and `behind` go behind the request's own lines. */
async function ask(path = '/open/socket', headers = '', behind = ''): Promise<RawSocket> {
  const raw = await openRawSocket(lone.edge.url);
  raws.push(raw);
  raw.write(
    `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n${behind}`,
  );
  return raw;
}

const accept = (): Promise<UpstreamSide> => onUpgrade((socket) => void socket.write(`${SWITCHING}\r\n`));

describe('an accepted upgrade', () => {
  test('passes what the client sent behind its request, before the upstream had answered, in order', async () => {
    const upstream = accept();
    const raw = await ask(undefined, '', 'early ');
    raw.write('and later');
    const side = await upstream;
    await waitFor(() => side.text() === 'early and later');
    await raw.until(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  });

  test('carries repeated headers and bytes past ASCII both ways as they are', async () => {
    let seen: readonly string[] = [];
    void onUpgrade((socket, request) => {
      seen = request.rawHeaders;
      socket.write(`${SWITCHING}X-Name: \xe9\xff\r\nX-Two: a\r\nX-Two: b\r\n\r\n`, 'latin1');
    });
    const raw = await ask(undefined, 'X-Twice: 1\r\nX-Name: caf\xe9\r\nX-Twice: 2\r\n');
    const head = await raw.until(/\r\n\r\n$/);
    expect(head).toContain('X-Name: \xe9\xff\r\n');
    expect(head).toMatch(/X-Two: a\r\nX-Two: b\r\n/);
    expect(head).toMatch(/^X-Request-ID: /im);
    const pairs = seen.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${seen[index + 1]}`] : []));
    expect(pairs).toEqual(expect.arrayContaining(['X-Twice: 1', 'X-Twice: 2', 'X-Name: caf\xe9']));
  });

  test('delivers the last bytes of an upstream that closes right behind them', async () => {
    void onUpgrade((socket) => void socket.end(`${SWITCHING}\r\n${'x'.repeat(300_000)}`));
    const text = await (await ask()).closed;
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('x'.repeat(300_000));
  });

  test('lets a client that has said all it will hear the rest', async () => {
    const upstream = accept();
    const raw = await ask();
    await raw.until(/ 101 /);
    const side = await upstream;
    raw.socket.end('the end');
    await side.over;
    expect(side.text()).toBe('the end');
    side.socket.end('late answer');
    expect(await raw.closed).toMatch(/late answer$/);
  });

  test('does not take more of one side than the other takes', async () => {
    const upstream = accept();
    const raw = await ask();
    await raw.until(/ 101 /);
    const { socket } = await upstream;
    socket.removeAllListeners('data').pause();
    const bytes = 64 * 1_048_576;
    let taken = false;
    raw.socket.write(Buffer.alloc(bytes), () => (taken = true));
    // The kernel and the edge hold a few megabytes of it; the rest stays with the client, however much else the edge does.
    for (let round = 0; round < 20; round += 1) expect((await lone.send('/health')).status).toBe(200);
    expect(taken).toBe(false);
    let received = 0;
    socket.on('data', (part: Buffer) => (received += part.length)).resume();
    await waitFor(() => received === bytes);
  });

  test.each<[string, (raw: RawSocket, upstream: Socket) => void]>([
    ['the client resets', (raw) => void raw.socket.resetAndDestroy()],
    [
      'the client closes',
      (raw, upstream) => {
        upstream.once('end', () => upstream.end());
        raw.socket.end();
      },
    ],
    ['the upstream resets', (_raw, upstream) => void upstream.resetAndDestroy()],
    ['the upstream closes', (_raw, upstream) => void upstream.end()],
  ])('ends on both sides when %s', async (_name, leave) => {
    const upstream = accept();
    const raw = await ask();
    await raw.until(/ 101 /);
    const side = await upstream;
    leave(raw, side.socket as Socket);
    await Promise.all([raw.closed, side.over]);
  });
});

describe('an upgrade that is not accepted', () => {
  test('by nobody: 502 with the limits, and no address', async () => {
    const answer = await (await ask('/nowhere')).closed;
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toMatch(/^x-ratelimit-limit: /im);
    expect(answer).toContain('"code":"upstream.unavailable"');
    expect(answer).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
  });

  test('by the first address is tried at the next, with what the client sent meanwhile', async () => {
    // The addresses take turns, so one of the two rounds begins with the one where nobody listens.
    for (let round = 0; round < 2; round += 1) {
      const upstream = accept();
      const raw = await ask('/either', '', 'kept');
      await raw.until(/ 101 /);
      const side = await upstream;
      await waitFor(() => side.text() === 'kept');
      raw.destroy();
    }
  });

  test('within the time of the upstream: 504', async () => {
    void onUpgrade(() => {});
    expect(await (await ask('/hasty')).closed).toMatch(/^HTTP\/1\.1 504 [^]*"code":"upstream\.timeout"/);
  });

  test.each([
    ['a 101 that names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['what is no HTTP', 'garbage\r\n\r\n'],
    ['a head that is too long', `${SWITCHING}X-Long: ${'x'.repeat(70_000)}\r\n\r\n`],
  ])('but answered with %s: 502', async (_name, bytes) => {
    void onUpgrade((socket) => void socket.write(bytes));
    expect(await (await ask()).closed).toMatch(/^HTTP\/1\.1 502 [^]*"code":"upstream\.unavailable"/);
  });

  test('but answered in pieces is relayed whole, with the headers of every answer', async () => {
    const refusal =
      'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\nX-Why: \xe9\r\n\r\n3\r\nnot\r\n4\r\n you\r\n0\r\n\r\n';
    void onUpgrade((socket) => void socket.end(refusal, 'latin1'));
    const answer = await (await ask()).closed;
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toContain('X-Why: \xe9\r\n');
    expect(answer).toMatch(/^X-Request-ID: /im);
    expect(answer).toMatch(/not[^]* you/);
  });
});

test('a client that leaves while its upgrade waits lets the upstream go', async () => {
  const asked = onUpgrade(() => {});
  const raw = await ask();
  const side = await asked;
  raw.socket.end();
  await side.over;
});
