import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';

/** How long a client may take nothing. One that reads pauses for a fraction of it, and takes longer than it in all. */
const STALL_MS = 2_000;
const PAUSE_MS = 20;

let lone: LoneEdge;
let metricsUrl: string;
let open: RawSocket | undefined;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  lone = await startLoneEdge({ CLIENT_STALL_TIMEOUT_MS: String(STALL_MS), METRICS_PORT: String(port) });
});
afterEach(() => open?.destroy());
afterAll(() => lone.stop());

async function connect(): Promise<RawSocket> {
  open?.destroy();
  open = await openRawSocket(lone.edge.url);
  return open;
}

/** Answers that were cut off. Nothing under way would prove nothing: so it is between two answers of one connection too. */
async function cutOff(): Promise<number> {
  const { text } = await send(metricsUrl, '/metrics');
  return Number(/^turnpike_http_request_duration_seconds_count\{[^}]*status="499"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** More than the buffers of both kernels take. */
const BYTES = 32 * 1_048_576;
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;

async function expectCutOff(requests: string): Promise<void> {
  const before = await cutOff();
  const raw = await connect();
  raw.socket.pause();
  raw.write(requests);
  await waitFor(async () => (await cutOff()) > before, { timeoutMs: 120_000 });
  raw.socket.resume();
  expect((await raw.closed).length).toBeLessThan(BYTES);
}

describe('a client that reads nothing holds its connection for the stated time only, whether it asked for', () => {
  const answer = (bytes: number): void => {
    lone.upstream.respond = (_request, response) => void response.end(Buffer.alloc(bytes));
  };

  test('a long answer', async () => {
    answer(BYTES);
    await expectCutOff(get('/open/a'));
  });

  test('the ends of many short ones', async () => {
    answer(32_768);
    await expectCutOff(get('/open/a').repeat(BYTES / 32_768));
  });

  test('short ones that had ended before it was their turn', async () => {
    lone.upstream.respond = ({ url }, response) => {
      if (url === '/open/last') setTimeout(() => response.end(), 10);
      else response.end(Buffer.alloc(20_480));
    };
    const group = get('/open/last') + get('/open/first').repeat(3);
    await expectCutOff(group.repeat(BYTES / (3 * 20_480)));
  });
});

test('one that reads, however slowly, gets all of it', async () => {
  lone.upstream.respond = (_request, response) => void response.end(Buffer.alloc(BYTES / 4));
  // A machine that lets the reader wait for its turn makes it one that takes nothing, so an attempt that fails proves nothing.
  await waitFor(
    async () => {
      const raw = await connect();
      raw.write('GET /open/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
      const begunAt = performance.now();
      raw.socket.on('data', () => {
        raw.socket.pause();
        setTimeout(() => raw.socket.resume(), PAUSE_MS);
      });
      const { length } = await raw.closed;
      return length > BYTES / 4 && performance.now() - begunAt > STALL_MS;
    },
    { timeoutMs: 120_000 },
  );
});
