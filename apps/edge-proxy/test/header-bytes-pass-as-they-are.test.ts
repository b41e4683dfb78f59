import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { startRawAnswers, type RawAnswers } from './support/raw-answers.ts';
import { sendRaw } from './support/raw-socket.ts';

/** A breaker that two failures open, for longer than the test lasts, so that a fault of the edge's that was blamed on the upstream shows. */
const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, retries: 2, breaker: { failures: 2, openMs: 600000 } }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none }
`;

let answers: RawAnswers;
let lone: LoneEdge;
beforeAll(async () => {
  answers = await startRawAnswers();
  lone = await startLoneEdge({ RAW_URL: answers.url }, ROUTES);
});
afterAll(async () => {
  await lone.stop();
  await answers.close();
});
beforeEach(() => {
  answers.received.length = 0;
});

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const LENGTH = 'Content-Length: 2';
const pastAscii = Array.from({ length: 128 }, (_value, index) => String.fromCharCode(0x80 + index)).join('');

test.each<[string, readonly string[]]>([
  ['UTF-8 after the length', [LENGTH, `Content-Disposition: attachment; filename="${utf8('报告.pdf')}"`]],
  ['UTF-8 before the length', [`Content-Disposition: attachment; filename="${utf8('报告.pdf')}"`, LENGTH]],
  ['UTF-8 that Latin-1 has too', [LENGTH, `Content-Disposition: attachment; filename="${utf8('é.pdf')}"`]],
  ['Latin-1', [LENGTH, 'Content-Disposition: attachment; filename="\xe9.pdf"']],
  ['every byte past ASCII', [LENGTH, `content-disposition: a\tb ${pastAscii}`, `X-Odd: ${pastAscii}`]],
  ['UTF-8 without a length', [`Content-Disposition: attachment; filename="${utf8('报告.pdf')}"`]],
  ['an encoded name (RFC 8187)', [LENGTH, "Content-Disposition: attachment; filename*=UTF-8''%e6%8a%a5.pdf"]],
])('response headers in %s', async (_name, headers) => {
  answers.answer = (socket) =>
    socket.end(Buffer.from(['HTTP/1.1 200 OK', ...headers, '', 'ok'].join('\r\n'), 'latin1'));
  for (let time = 0; time < 3; time += 1) {
    const answer = await sendRaw(lone.edge.url, 'GET /open/file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const header of headers) expect(answer).toContain(`\r\n${header}\r\n`);
  }
  expect(answers.received).toHaveLength(3);
});

test('request headers', async () => {
  let request = '';
  answers.answer = (socket, bytes) => {
    request = bytes;
    socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  };
  const header = `X-Odd: a\tb ${pastAscii}`;
  await sendRaw(lone.edge.url, `GET /open/file HTTP/1.1\r\nHost: h\r\n${header}\r\nConnection: close\r\n\r\n`);
  expect(request).toContain(`\r\n${header}`);
});
