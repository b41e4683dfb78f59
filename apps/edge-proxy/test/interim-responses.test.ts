import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { startRawAnswers, type RawAnswers } from './support/raw-answers.ts';
import { sendRaw } from './support/raw-socket.ts';

/** A breaker that two failures open, for longer than the test lasts: what is in order must not count. */
const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, retries: 0, breaker: { failures: 2, openMs: 600000 } }
  odd: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, retries: 0, headersTimeoutMs: 2000, breaker: { failures: 1000 } }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
  - { id: odd, path: /odd/*, methods: any, upstream: odd, auth: public, charge: none, limit: tier, scope: none }
`;
const FINAL = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfinal';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n';

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

const get = (target: string, ...headers: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: h', ...headers, '', ''].join('\r\n');
const ask = (request: string): Promise<string> => sendRaw(lone.edge.url, request);
const heads = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? [];

test('an unasked 100 Continue before the answer is skipped, as often as it comes, and the connection is kept', async () => {
  const ports = new Set<number | undefined>();
  answers.answer = (socket) => {
    ports.add(socket.remotePort);
    socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n${FINAL}`);
  };
  for (let time = 0; time < 3; time += 1) {
    const answer = await ask(get('/open/a', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\nfinal$/);
    expect(answer).not.toMatch(/^x-a:/im);
  }
  expect([answers.received.length, ports.size]).toEqual([3, 1]);
});

test('one that comes later than the request, in pieces, is skipped too', async () => {
  answers.answer = (socket) => {
    socket.setNoDelay(true);
    socket.write('HTTP/1.1 100 Con', () => {
      setImmediate(() => socket.write('tinue\r\n', () => setImmediate(() => socket.write(`\r\n${FINAL}`))));
    });
  };
  expect(heads(await ask(get('/open/a', 'Connection: close')))).toEqual(['HTTP/1.1 200']);
});

describe('other interim responses pass', () => {
  test.each([
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', HINTS],
    ['104', 'HTTP/1.1 104 Upload Resumption Supported\r\nLocation: /uploads/1\r\n\r\n'],
  ])('%s', async (status, interim) => {
    answers.answer = (socket) => socket.write(interim + FINAL);
    const answer = await ask(get('/open/a', 'Connection: close'));
    expect(heads(answer)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 200']);
    const [head = ''] = answer.split('\r\n\r\n', 1);
    for (const line of interim.trimEnd().split('\r\n').slice(1)) expect(head.split('\r\n')).toContain(line);
  });

  test('at once, in their order', async () => {
    answers.answer = (socket) => socket.write(`HTTP/1.1 102 Processing\r\n\r\n${HINTS}${HINTS}${FINAL}`);
    const answer = await ask(get('/open/a', 'Connection: close'));
    expect(heads(answer)).toEqual(['HTTP/1.1 102', 'HTTP/1.1 103', 'HTTP/1.1 103', 'HTTP/1.1 200']);
    expect(answer).toMatch(/\r\n\r\nfinal$/);
  });

  test('to HEAD and before a refused upgrade', async () => {
    answers.answer = (socket) => socket.end(`${HINTS}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`);
    const head = await ask('HEAD /open/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(heads(head)).toEqual(['HTTP/1.1 103', 'HTTP/1.1 404']);
    const upgrade = await ask(get('/open/a', 'Connection: Upgrade', 'Upgrade: websocket'));
    expect(heads(upgrade)).toEqual(['HTTP/1.1 103', 'HTTP/1.1 404']);
  });

  test('of a request that waits behind another one after that one’s answer', async () => {
    let first: (() => void) | undefined;
    answers.answer = (socket, request) => {
      if (request.startsWith('GET /open/first')) first = () => socket.write(FINAL);
      else {
        socket.write(HINTS + FINAL);
        setImmediate(() => first?.());
      }
    };
    const answer = await ask(get('/open/first') + get('/open/second', 'Connection: close'));
    expect(heads(answer)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 103', 'HTTP/1.1 200']);
  });

  test('with the same hygiene as an answer, and with nothing that frames a body', async () => {
    answers.answer = (socket, request) => {
      const key = /^x-service-key: .*$/im.exec(request)?.[0] ?? '';
      socket.write(
        `HTTP/1.1 103 Early Hints\r\n${key}\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\nConnection: X-Hop\r\nX-Hop: 1\r\n` +
          `X-Credits-Cost: 1\r\nLink: </a.css>\r\n\r\n${FINAL}`,
      );
    };
    const answer = await ask(get('/open/a', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('but not to HTTP/1.0, which has none', async () => {
    answers.answer = (socket) => socket.write(HINTS + FINAL);
    const answer = await ask('GET /open/a HTTP/1.0\r\n\r\n');
    expect(heads(answer)).toEqual(['HTTP/1.1 200']);
  });
});

describe('what is no interim response is 502', () => {
  test.each([
    ['a 101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
    ['a 101 without a protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 Odd\r\n\r\n'],
    ['interim responses without an end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1_000)],
  ])('%s', async (_name, interim) => {
    answers.answer = (socket) => socket.write(interim + FINAL);
    const statuses = heads(await ask(get('/odd/a', 'Connection: close')));
    expect(statuses.at(-1)).toBe('HTTP/1.1 502');
    expect(statuses.length).toBeLessThan(100);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set(interim.includes('102') ? ['HTTP/1.1 102'] : []));
  });
});
