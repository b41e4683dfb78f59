import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, sendRaw } from './support/raw-socket.ts';
import { startRawUpstream, type RawUpstream } from './support/raw-upstream.ts';

const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY }
  probe: { url: PROBE_URL, serviceKey: RAW_SERVICE_KEY }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none }
  - { id: probe, path: /probe, methods: any, upstream: probe, auth: public, charge: none, limit: tier, scope: none }
`;

/** How many requests one connection may have under way, as client-connection.ts states it. */
const IN_FLIGHT_MAX = 8;

let probe: RawUpstream;
let lone: LoneEdge;
/** What is at the upstream, and what was there together, request by request as each came. */
let under: string[];
let together: string[][];
beforeAll(async () => {
  probe = await startRawUpstream();
  lone = await startLoneEdge({ PROBE_URL: probe.url }, ROUTES);
});
afterAll(async () => {
  await lone.stop();
  await probe.close();
});
beforeEach(() => {
  lone.upstream.reset();
  under = [];
  together = [];
  // Another request passes the edge before each answer, so whatever would overlap has arrived by then.
  lone.upstream.respond = (request, response, body) => {
    const name = nameOf(request);
    under.push(name);
    together.push([...under]);
    void lone.send('/probe').then(() => {
      under = under.filter((other) => other !== name);
      response.end(`${name} ${body.toString()};`);
    });
  };
});

const nameOf = ({ method, url }: IncomingMessage): string => `${method} ${url?.replace('/open/', '')}`;
const request = (method: string, target: string, body = '', ...headers: string[]): string =>
  [`${method} ${target} HTTP/1.1`, 'Host: h', `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n');
const bodies = (text: string): string[] => text.match(/[A-Z]+ \d+ \w*;/g) ?? [];

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  'a %s is alone, and what follows waits for its answer',
  async (method) => {
    const answer = await sendRaw(
      lone.edge.url,
      request('GET', '/open/1') +
        request('GET', '/open/2') +
        request(method, '/open/3', 'abc') +
        request(method, '/open/4', 'def') +
        request('GET', '/open/5') +
        request('GET', '/open/6', '', 'Connection: close'),
    );
    expect(bodies(answer)).toEqual([
      'GET 1 ;',
      'GET 2 ;',
      `${method} 3 abc;`,
      `${method} 4 def;`,
      'GET 5 ;',
      'GET 6 ;',
    ]);
    expect(lone.upstream.received).toHaveLength(6);
    for (const group of together) {
      const unsafe = group.some((name) => name.startsWith(method));
      expect(unsafe ? group.length : 1).toBe(1);
    }
  },
);

test('of safe requests a few are under way at a time, and all are answered in their order', async () => {
  const count = 2_000;
  let arrived = 0;
  lone.upstream.respond = (incoming, response) => {
    arrived += 1;
    under.push(nameOf(incoming));
    together.push([...under]);
    void waitFor(() => arrived >= IN_FLIGHT_MAX).then(() => {
      under = under.filter((other) => other !== nameOf(incoming));
      response.end(`${nameOf(incoming)} ;`);
    });
  };
  const targets = Array.from({ length: count }, (_value, index) => request('GET', `/open/${index}`));
  const raw = await openRawSocket(lone.edge.url);
  raw.write(targets.join(''));
  raw.write(request('GET', '/open/end', '', 'Connection: close'));
  const answers = bodies(await raw.closed);
  expect(answers).toEqual(Array.from({ length: count }, (_value, index) => `GET ${index} ;`));
  expect(Math.max(...together.map((group) => group.length))).toBe(IN_FLIGHT_MAX);
});

test('bodies longer than what is read at once arrive whole, one after another', async () => {
  const body = 'b'.repeat(200_000);
  lone.upstream.respond = (incoming, response, received) => response.end(`${nameOf(incoming)} ${received.length};`);
  const raw = await openRawSocket(lone.edge.url);
  for (let index = 0; index < 40; index += 1) raw.write(request('POST', `/open/${index}`, body));
  raw.write(request('POST', '/open/40', body, 'Connection: close'));
  expect(bodies(await raw.closed)).toEqual(Array.from({ length: 41 }, (_value, index) => `POST ${index} 200000;`));
});

test('what waits when its client leaves is never sent on', async () => {
  let arrived: (() => void) | undefined;
  const first = new Promise<void>((resolve) => (arrived = resolve));
  let left = false;
  lone.upstream.onRequest = (incoming, response) => {
    if (incoming.method !== 'POST') return false;
    arrived?.();
    response.once('close', () => (left = true));
    return true;
  };
  const raw = await openRawSocket(lone.edge.url);
  raw.write(request('POST', '/open/1') + request('POST', '/open/2') + request('POST', '/open/3'));
  await first;
  raw.destroy();
  await waitFor(() => left);
  let more = 0;
  lone.upstream.onRequest = () => {
    more += 1;
    return false;
  };
  expect((await lone.send('/open/4')).status).toBe(200);
  expect(more).toBe(1);
});

test.each([
  ['bytes that are no request', 'nonsense\r\n\r\n'],
  ['a request whose body is nonsense', 'POST /open/3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
])('%s behind good requests are refused after the answers of these', async (_what, bytes) => {
  const answer = await sendRaw(lone.edge.url, request('POST', '/open/1', 'abc') + request('GET', '/open/2') + bytes);
  expect(bodies(answer)).toEqual(['POST 1 abc;', 'GET 2 ;']);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  expect(lone.upstream.received).toHaveLength(2);
});
