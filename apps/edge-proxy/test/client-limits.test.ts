import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, sendRaw } from './support/raw-socket.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge({
    HEADERS_TIMEOUT_MS: '1000',
    BODY_TIMEOUT_MS: '700',
    BODY_IDLE_TIMEOUT_MS: '700',
    BODY_BYTES_PER_SECOND_MIN: '1',
    REQUEST_TIMEOUT_MS: '4000',
    KEEP_ALIVE_TIMEOUT_MS: '1000',
  });
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

describe('413', () => {
  test('a declared length over the limit is refused before anything is sent on', async () => {
    const answer = await lone.send('/open/small', { method: 'POST', body: 'x'.repeat(101) });
    expect([answer.status, answer.body['code'], lone.upstream.received]).toEqual([413, 'request.too_large', []]);
    expect((await lone.send('/open/small', { method: 'POST', body: 'x'.repeat(100) })).status).toBe(200);
  });

  test('a chunked body is counted while it streams, and the upstream never sees it whole', async () => {
    const answer = await lone.send('/open/small', {
      method: 'POST',
      body: 'x'.repeat(5_000),
      rawHeaders: ['Transfer-Encoding', 'chunked'],
    });
    expect([answer.status, lone.upstream.received]).toEqual([413, []]);
  });
});

describe('431', () => {
  test('headers past 16 KiB', async () => {
    const answer = await sendRaw(
      lone.edge.url,
      `GET /open/a HTTP/1.1\r\nHost: h\r\nX-Long: ${'a'.repeat(17_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toMatch(/^x-ratelimit-limit: /im);
  });

  test('more than 100 header lines are refused, not silently dropped', async () => {
    const many = Array.from({ length: 101 }, (_value, index) => `X-${index}: 1\r\n`).join('');
    expect(await sendRaw(lone.edge.url, `GET /open/a HTTP/1.1\r\nHost: h\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(lone.upstream.received).toEqual([]);
  });
});

describe('a slow client is let go', () => {
  test('that does not finish its headers', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write('GET /open/slow HTTP/1.1\r\nHost: h\r\nX-A: ');
    const drip = setInterval(() => raw.write('a'), 100);
    const answer = await raw.closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(lone.upstream.received).toEqual([]);
  });

  test('that sends nothing at all', async () => {
    const raw = await openRawSocket(lone.edge.url);
    expect(await raw.closed).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  });

  test('that stops in the middle of a small body', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write('POST /open/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nfirst');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(lone.upstream.received).toEqual([]);
  });

  test('that stops in the middle of a large one; the upstream request ends too', async () => {
    let aborted = false;
    lone.upstream.onRequest = (request) => {
      request.on('error', () => (aborted = true)).resume();
      return true;
    };
    const raw = await openRawSocket(lone.edge.url);
    raw.write('POST /open/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nfirst');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 408 /);
    await waitFor(() => aborted);
  });

  test('that drips its body past the limit of the whole request', async () => {
    lone.upstream.onRequest = (request) => {
      request.on('error', () => {}).resume();
      return true;
    };
    const raw = await openRawSocket(lone.edge.url);
    raw.write('POST /open/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n');
    const drip = setInterval(() => raw.write('a'), 200);
    await raw.closed;
    clearInterval(drip);
    expect(lone.upstream.received).toEqual([]);
  });

  test('that keeps an idle connection', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write('GET /open/idle HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test('a refused upload reads its answer, though it keeps sending', async () => {
  const raw = await openRawSocket(lone.edge.url);
  raw.write(`POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n`);
  raw.write(Buffer.alloc(300_000));
  const answer = await raw.closed;
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).toContain('"code":"route.not_found"');
});

test('a client that ends its side in the middle of a body is answered at once, not after the time-out of an idle body', async () => {
  const raw = await openRawSocket(lone.edge.url);
  raw.write(
    'POST /api/v1/auth/refresh HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"refresh',
  );
  raw.socket.end();
  expect(await raw.closed).toMatch(/^HTTP\/1\.1 400 /);
});
