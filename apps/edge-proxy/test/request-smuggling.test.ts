import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, sendRaw } from './support/raw-socket.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

const lines = (...all: string[]): string => all.join('\r\n');
const request = (...all: string[]): string => lines(...all, '', '');

describe('what two servers could frame differently is 400 on a closed connection, and nothing is forwarded', () => {
  const smuggled = request('GET /open/smuggled HTTP/1.1', 'Host: h');
  test.each<[string, string]>([
    [
      'Content-Length with Transfer-Encoding',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
    ],
    [
      'Transfer-Encoding with Content-Length',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\n${smuggled}`,
    ],
    [
      'two different Content-Lengths',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 3', 'Content-Length: 0')}abc`,
    ],
    [
      'two equal Content-Lengths',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 3', 'Content-Length: 3')}abc`,
    ],
    ['a list as Content-Length', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 3, 3')}abc`],
    ['a signed Content-Length', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: +3')}abc`],
    ['a negative Content-Length', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: -1')}abc`],
    ['a hexadecimal Content-Length', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 0x3')}abc`],
    ['an empty Content-Length', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length:')}abc`],
    [
      'a Content-Length past 2^64',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Length: 99999999999999999999')}abc`,
    ],
    [
      'an unknown transfer encoding',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: xchunked')}0\r\n\r\n`,
    ],
    ['chunked twice', `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked, chunked')}0\r\n\r\n`],
    [
      'two Transfer-Encoding headers',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n`,
    ],
    [
      'chunked before another encoding',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`,
    ],
    [
      'another encoding before chunked',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    ],
    [
      'a space before the colon',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding : chunked')}0\r\n\r\n`,
    ],
    [
      'a vertical tab in a header value',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding:\x0bchunked')}0\r\n\r\n`,
    ],
    ['chunked in HTTP/1.0', `${request('POST /open/a HTTP/1.0', 'Host: h', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['an obsolete line folding', request('GET /open/a HTTP/1.1', 'Host: h', 'X-A: b', ' folded')],
    ['a folded first header', request('GET /open/a HTTP/1.1', ' Host: h')],
    ['bare LF between headers', 'GET /open/a HTTP/1.1\nHost: h\n\n'],
    ['bare LF after one header', 'GET /open/a HTTP/1.1\r\nHost: h\nX-A: b\r\n\r\n'],
    ['bare CR in a header value', request('GET /open/a HTTP/1.1', 'Host: h', 'X-A: b\rX-B: c')],
    ['bare CR in the request line', request('GET /open/a\rb HTTP/1.1', 'Host: h')],
    ['NUL in a header value', request('GET /open/a HTTP/1.1', 'Host: h', 'X-A: b\0c')],
    ['a header without a name', request('GET /open/a HTTP/1.1', 'Host: h', ': value')],
    ['a header name with a space', request('GET /open/a HTTP/1.1', 'Host: h', 'X A: b')],
    ['a line without a colon', request('GET /open/a HTTP/1.1', 'Host: h', 'garbage')],
    ['two Host headers', request('GET /open/a HTTP/1.1', 'Host: h', 'Host: other')],
    ['no Host header', request('GET /open/a HTTP/1.1')],
    ['a Host with a path', request('GET /open/a HTTP/1.1', 'Host: h/x')],
    ['a Host with credentials', request('GET /open/a HTTP/1.1', 'Host: user@h')],
    ['an absolute-form target', request('GET http://other.example/open/a HTTP/1.1', 'Host: h')],
    ['an authority-form target', request('CONNECT other.example:443 HTTP/1.1', 'Host: other.example:443')],
    ['an authority-form target with GET', request('GET other.example:443 HTTP/1.1', 'Host: h')],
    ['an asterisk-form target', request('OPTIONS * HTTP/1.1', 'Host: h')],
    ['a target with two spaces', request('GET /open/a /open/b HTTP/1.1', 'Host: h')],
    ['an unknown HTTP version', request('GET /open/a HTTP/3.7', 'Host: h')],
    ['HTTP/2.0 in the form of HTTP/1.1', request('GET /open/a HTTP/2.0', 'Host: h')],
    ['HTTP/2.0 with a body', `${request('POST /open/a HTTP/2.0', 'Host: h', 'Content-Length: 3')}abc`],
    ['HTTP/0.9 by name', request('GET /open/a HTTP/0.9', 'Host: h')],
    ['HTTP/0.9', request('GET /open/a')],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', request('GETT /open/a HTTP/1.1', 'Host: h')],
    [
      'an upgrade with a Content-Length',
      `${request('GET /open/socket HTTP/1.1', 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 3')}abc`,
    ],
    [
      'an upgrade with a Transfer-Encoding',
      `${request('GET /open/socket HTTP/1.1', 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    [
      'two Content-Types',
      `${request('POST /open/a HTTP/1.1', 'Host: h', 'Content-Type: text/plain', 'Content-Type: application/json', 'Content-Length: 2')}{}`,
    ],
    ['binary noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_name, bytes) => {
    const answer = await sendRaw(lone.edge.url, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).toMatch(/^x-ratelimit-limit: \d+\r$/im);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(lone.upstream.received).toEqual([]);
  });
});

describe('chunked bodies with tricks never become a whole request upstream', () => {
  const head = request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked');
  test.each<[string, string]>([
    ['a bare LF after the size', `${head}3\nabc\r\n0\r\n\r\n`],
    ['a bare CR in an extension', `${head}3;a\rb\r\nabc\r\n0\r\n\r\n`],
    ['a bare LF in an extension', `${head}3;a\nb\r\nabc\r\n0\r\n\r\n`],
    ['a missing line end after the data', `${head}3\r\nabcd\r\n0\r\n\r\n`],
    ['a size with a sign', `${head}+3\r\nabc\r\n0\r\n\r\n`],
    ['a size with 0x', `${head}0x3\r\nabc\r\n0\r\n\r\n`],
    ['a size past 2^64', `${head}fffffffffffffffff\r\nabc\r\n0\r\n\r\n`],
    ['a negative size', `${head}-1\r\nabc\r\n0\r\n\r\n`],
    ['a space before the size', `${head} 3\r\nabc\r\n0\r\n\r\n`],
    ['an endless extension', `${head}3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`],
    ['a trailer that frames', `${head}3\r\nabc\r\n0\r\nContent Length: 5\r\n\r\n`],
  ])('%s', async (_name, bytes) => {
    const answer = await sendRaw(lone.edge.url, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|13|31) /);
    expect(lone.upstream.received).toEqual([]);
  });
});

test('trailers and chunk extensions are not forwarded as headers', async () => {
  const raw = await openRawSocket(lone.edge.url);
  raw.write(
    `${request('POST /open/a HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', 'Connection: close')}3;x=1\r\nabc\r\n0\r\nX-User-ID: forged\r\n\r\n`,
  );
  expect(await raw.closed).toMatch(/^HTTP\/1\.1 200 /);
  expect(lone.upstream.received).toHaveLength(1);
  expect(lone.upstream.received[0]).toMatchObject({ body: 'abc', headers: { 'transfer-encoding': 'chunked' } });
  expect(lone.upstream.received[0]?.headers).not.toHaveProperty('x-user-id');
});

test('pipelined requests are answered in order, each by itself', async () => {
  const raw = await openRawSocket(lone.edge.url);
  raw.write(
    request('GET /open/1 HTTP/1.1', 'Host: h') +
      request('GET /nowhere HTTP/1.1', 'Host: h') +
      request('GET /open/3 HTTP/1.1', 'Host: h', 'Connection: close'),
  );
  const answers = (await raw.closed).match(/HTTP\/1\.1 \d+/g);
  expect(answers).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  expect(lone.upstream.received.map(({ target }) => target)).toEqual(['/open/1', '/open/3']);
});

test('HTTP/1.0 cannot upgrade, and is answered as the plain request it is', async () => {
  const answer = await sendRaw(
    lone.edge.url,
    request('GET /open/socket HTTP/1.0', 'Connection: Upgrade', 'Upgrade: websocket'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('HTTP/1.0 works and closes', async () => {
  const answer = await sendRaw(lone.edge.url, request('GET /open/old HTTP/1.0'));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});
