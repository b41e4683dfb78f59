import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';

let lone: LoneEdge;
let metricsUrl: string;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  lone = await startLoneEdge({ CLIENT_STALL_TIMEOUT_MS: '500', METRICS_PORT: String(port) });
});
afterAll(() => lone.stop());

async function live(): Promise<number> {
  return Number(/^edge_live_exchanges(?:\{[^}]*\})? (\S+)$/m.exec((await send(metricsUrl, '/metrics')).text)?.[1]);
}

/** More than the buffers of both kernels take. */
const BYTES = 32 * 1_048_576;

test.each([
  ['a long answer', 1, BYTES],
  ['the ends of many short ones', BYTES / 32_768, 32_768],
])(
  'a client that asks for %s and reads nothing holds its connection for the stated time only',
  async (_what, requests, bytes) => {
    lone.upstream.respond = (_request, response) => void response.end(Buffer.alloc(bytes));
    const raw = await openRawSocket(lone.edge.url);
    raw.socket.pause();
    raw.write('GET /open/a HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(requests));
    await waitFor(async () => (await live()) > 0);
    await waitFor(async () => (await live()) === 0, { timeoutMs: 15_000 });
    raw.socket.resume();
    expect((await raw.closed).length).toBeLessThan(BYTES);
  },
);

test('one that reads, however slowly, gets all of it', async () => {
  lone.upstream.respond = (_request, response) => void response.end(Buffer.alloc(BYTES / 4));
  const raw = await openRawSocket(lone.edge.url);
  raw.write('GET /open/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  raw.socket.on('data', () => {
    raw.socket.pause();
    setImmediate(() => raw.socket.resume());
  });
  expect((await raw.closed).length).toBeGreaterThan(BYTES / 4);
});
