import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket } from './support/raw-socket.ts';

/** A breaker that two failures open, for longer than the test lasts, so that one mistaken for a failure shows. */
const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, retries: 2, breaker: { failures: 2, openMs: 600000 } }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none, webSocket: true }
`;
const TIMES = 4;

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge({}, ROUTES);
});
afterAll(() => lone.stop());

/** Sends some bytes, leaves once the upstream has the request, and waits until the upstream has been left too. */
async function leave(bytes: string): Promise<void> {
  const arrived = new Promise<IncomingMessage>((resolve) => {
    lone.upstream.onRequest = (request) => {
      request.on('error', () => {});
      resolve(request);
      return true;
    };
    lone.upstream.onUpgrade = (request) => resolve(request);
  });
  const raw = await openRawSocket(lone.edge.url);
  raw.write(bytes);
  const request = await arrived;
  // An error is how its parser takes the end in the middle of a body.
  const left = new Promise((resolve) =>
    request.socket
      .once('end', resolve)
      .once('close', resolve)
      .on('error', () => {}),
  );
  raw.destroy();
  // Whoever does not read does not notice the end.
  if (request.headers.upgrade === undefined) request.resume();
  else request.socket.resume();
  await left;
}

test.each([
  ['waiting for its answer', 'GET /open/a HTTP/1.1\r\nHost: h\r\n\r\n'],
  ['in the middle of its body', 'POST /open/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nsome'],
  [
    'in the middle of a chunked body',
    'POST /open/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n',
  ],
  [
    'waiting for its WebSocket',
    'GET /open/a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  ],
])(
  'a client that leaves while %s says nothing of the upstream: it is not tried again, and others are served',
  async (_when, bytes) => {
    for (let time = 0; time < TIMES; time += 1) await leave(bytes);
    let more = 0;
    lone.upstream.onRequest = () => {
      more += 1;
      return false;
    };
    expect((await lone.send('/open/b')).status).toBe(200);
    expect(more).toBe(1);
  },
);
