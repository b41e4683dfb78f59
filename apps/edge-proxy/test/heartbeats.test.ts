import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';

const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, idleTimeoutMs: 30000 }
routes:
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none, heartbeatMs: 20 }
`;
const EVENT_STREAM = { 'Content-Type': 'text/event-stream' };
const BEAT = ': keep-alive\n\n';

let lone: LoneEdge;
let upstreams: Map<string, ServerResponse>;
beforeAll(async () => {
  lone = await startLoneEdge({}, ROUTES);
});
afterAll(() => lone.stop());
beforeEach(() => {
  upstreams = new Map();
  lone.upstream.reset();
});

/** A stream through the edge: what has come of it, and the upstream's end of it. */
interface Stream {
  readonly bytes: () => Buffer;
  readonly ended: Promise<void>;
  readonly upstream: ServerResponse;
}

async function open(
  name: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  begun: string | Buffer = '',
): Promise<Stream> {
  lone.upstream.respond = (request, response) => {
    response.writeHead(status, headers).flushHeaders();
    response.write(begun);
    upstreams.set(request.url ?? '', response);
  };
  const { hostname, port } = new URL(lone.edge.url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ hostname, port, path: `/open/${name}`, agent: false }, resolve)
      .once('error', reject)
      .end();
  });
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => response.once('end', resolve).once('error', reject));
  const upstream = upstreams.get(`/open/${name}`);
  if (upstream === undefined) throw new Error('the upstream has not been asked');
  return { bytes: () => Buffer.concat(chunks), ended, upstream };
}

/** Waits as long as a stream that may have heartbeats takes to get several. */
async function severalBeats(): Promise<void> {
  const reference = await open('reference', 200, EVENT_STREAM, 'data: 1\n\n');
  await waitFor(() => reference.bytes().toString().endsWith(BEAT.repeat(4)));
  reference.upstream.end();
  await reference.ended;
}

test('a silent event stream gets comments between its events, and its events arrive whole', async () => {
  const stream = await open('silent', 200, EVENT_STREAM, 'data: 1\n\n');
  await waitFor(() => stream.bytes().toString().startsWith(`data: 1\n\n${BEAT}${BEAT}`));
  stream.upstream.end('data: 2\n\n');
  await stream.ended;
  expect(stream.bytes().toString().replaceAll(BEAT, '')).toBe('data: 1\n\ndata: 2\n\n');
});

describe('no comment is put', () => {
  test.each([
    ['before the first byte', ''],
    ['into a byte order mark', '\xef\xbb'],
    ['after a byte order mark alone', '\xef\xbb\xbf'],
    ['into an event', 'data: 1\n\nid: 7\ndata: 2\n'],
    ['into a line', 'data: 1\n\ndata'],
  ])('%s', async (_where, begun) => {
    const stream = await open('begun', 200, EVENT_STREAM, Buffer.from(begun, 'latin1'));
    await waitFor(() => stream.bytes().toString('latin1').replaceAll(BEAT, '') === begun);
    const before = stream.bytes().length;
    await severalBeats();
    expect(stream.bytes()).toHaveLength(before);
    stream.upstream.end();
    await stream.ended;
  });

  test('into a compressed stream, silent or not', async () => {
    const whole = gzipSync('data: 1\n\n');
    const stream = await open('gzip', 200, { ...EVENT_STREAM, 'Content-Encoding': 'gzip' });
    await severalBeats();
    stream.upstream.write(whole.subarray(0, 12));
    await severalBeats();
    stream.upstream.end(whole.subarray(12));
    await stream.ended;
    expect(gunzipSync(stream.bytes()).toString()).toBe('data: 1\n\n');
  });

  test.each<[string, number, Record<string, string>]>([
    ['an error', 503, EVENT_STREAM],
    ['a part', 206, { ...EVENT_STREAM, 'Content-Range': 'bytes 0-8/100' }],
    ['what is no event stream', 200, { 'Content-Type': 'text/event-streams' }],
    ['what must not be transformed', 200, { ...EVENT_STREAM, 'Cache-Control': 'no-transform' }],
    ['what has a length', 200, { ...EVENT_STREAM, 'Content-Length': '18' }],
  ])('into %s', async (_what, status, headers) => {
    const stream = await open('other', status, headers, 'data: 1\n\n');
    await severalBeats();
    stream.upstream.end('data: 2\n\n');
    await stream.ended;
    expect(stream.bytes().toString()).toBe('data: 1\n\ndata: 2\n\n');
  });
});
