import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { sendRaw } from './support/raw-socket.ts';

/** An upstream that answers whatever bytes a test gives it, and then closes. */
let bytes = '';
let server: Server;
let lone: LoneEdge;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lone = await startLoneEdge({ RAW_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await lone.stop();
  await new Promise((resolve) => server.close(resolve));
});

const answerTo = async (response: string): Promise<string> => {
  bytes = response;
  return sendRaw(lone.edge.url, 'GET /open/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
};
const lines = (...all: string[]): string => [...all, '', ''].join('\r\n');

describe('a response that two clients could read in two ways is 502, and names no address', () => {
  test.each<[string, string]>([
    ['a Content-Length that is no number', `${lines('HTTP/1.1 200 OK', 'Content-Length: abc')}hello`],
    ['two different Content-Lengths', `${lines('HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 3')}hello`],
    [
      'Content-Length with Transfer-Encoding',
      `${lines('HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    ['an unknown transfer coding', `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: xchunked')}5\r\nhello\r\n0\r\n\r\n`],
    [
      'a coding before chunked',
      `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked')}5\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      'two Transfer-Encoding headers',
      `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    ],
    ['a bare CR in a header value', lines('HTTP/1.1 200 OK', 'X-A: b\rX-B: c', 'Content-Length: 0')],
    ['a NUL in a header value', lines('HTTP/1.1 200 OK', 'X-A: b\0c', 'Content-Length: 0')],
    ['an obsolete line folding', lines('HTTP/1.1 200 OK', 'X-A: b', ' folded', 'Content-Length: 0')],
    ['a flood of 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)],
    [
      'a 101 that nobody asked for',
      lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'),
    ],
    ['no HTTP', 'hello'],
    ['nothing', ''],
  ])('%s', async (_name, response) => {
    const answer = await answerTo(response);
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toMatch(/^x-ratelimit-limit: \d+\r$/im);
    expect(answer).not.toContain('127.0.0.1');
  });
});

test('a 204 passes without a length that would announce the next response', async () => {
  const answer = await answerTo(`${lines('HTTP/1.1 204 No Content', 'Content-Length: 5', 'X-Kept: 1')}hello`);
  expect(answer).toMatch(/^HTTP\/1\.1 204 /);
  expect(answer).toMatch(/^x-kept: 1\r$/im);
  expect(answer).not.toMatch(/^content-length:/im);
  expect(answer).not.toContain('hello');
});

test("bytes after a complete response are nobody else's answer", async () => {
  const poisoned = await answerTo(
    `${lines('HTTP/1.1 200 OK', 'Content-Length: 5')}hello${lines('HTTP/1.1 200 OK', 'Content-Length: 6')}poison`,
  );
  expect(poisoned).toMatch(/\r\n\r\nhello$/);
  expect(await answerTo(`${lines('HTTP/1.1 200 OK', 'Content-Length: 4')}mine`)).toMatch(/\r\n\r\nmine$/);
});

test('every Connection line counts: what any of them nominates ends at the edge', async () => {
  const answer = await answerTo(
    `${lines('HTTP/1.1 200 OK', 'Connection: close', 'Connection: X-Private', 'X-Private: 1', 'CONNECTION: X-Secret', 'X-Secret: 1', 'X-Kept: 1', 'Content-Length: 2')}ok`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toMatch(/^x-kept: 1\r$/im);
  expect(answer).not.toMatch(/^x-(?:private|secret):/im);
});
