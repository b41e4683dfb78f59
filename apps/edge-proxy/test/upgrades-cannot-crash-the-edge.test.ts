import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, sendRaw } from './support/raw-socket.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());
afterEach(async () => expect((await lone.send('/health')).status).toBe(200));

const request = (...all: string[]): string => [...all, '', ''].join('\r\n');
const upgrade = (path: string): string =>
  request(`GET ${path} HTTP/1.1`, 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13');

describe('a connection that is reset', () => {
  test.each<[string, string]>([
    ['while its upgrade waits for the upstream', upgrade('/open/socket')],
    ['while its upgrade is refused', upgrade('/open/x')],
    ['while its upgrade waits for auth', upgrade('/closed/x')],
    ['after CONNECT', request('CONNECT h:443 HTTP/1.1', 'Host: h:443')],
  ])('%s', async (_name, bytes) => {
    lone.upstream.onUpgrade = () => {};
    for (let count = 0; count < 20; count += 1) {
      const raw = await openRawSocket(lone.edge.url);
      await new Promise<void>((resolve) => raw.socket.write(bytes, () => resolve()));
      raw.socket.resetAndDestroy();
      await raw.closed;
    }
  });
});

describe('behind a request whose answer is still due', () => {
  let answerFirst: (() => void) | undefined;
  beforeEach(() => {
    lone.upstream.respond = (message, response) => {
      if (message.url === '/open/first') answerFirst = () => response.end('first');
      else response.end('second');
      if (message.url !== '/open/first') answerFirst?.();
    };
  });

  test('an upgrade is answered as the plain request it also is, in its turn', async () => {
    const answer = await sendRaw(
      lone.edge.url,
      request('GET /open/first HTTP/1.1', 'Host: h') +
        upgrade('/open/second').replace('Upgrade\r\n', 'Upgrade, close\r\n'),
    );
    expect(answer.match(/HTTP\/1\.1 \d+|first|second/g)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 200', 'second']);
  });

  test('CONNECT is refused after that answer, and ends the connection', async () => {
    lone.upstream.respond = (_message, response) => response.end('first');
    const answer = await sendRaw(
      lone.edge.url,
      request('GET /open/first HTTP/1.1', 'Host: h') + request('CONNECT h:443 HTTP/1.1', 'Host: h:443'),
    );
    expect(answer.match(/HTTP\/1\.1 \d+|first/g)).toEqual(['HTTP/1.1 200', 'first', 'HTTP/1.1 400']);
    expect(lone.upstream.received).toHaveLength(1);
  });
});
