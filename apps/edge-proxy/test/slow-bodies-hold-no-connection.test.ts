import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket, type RawSocket } from './support/raw-socket.ts';
import { startRawUpstream, type RawUpstream } from './support/raw-upstream.ts';
import { send, type Answer, type Sending } from './support/send.ts';

/** More than the connections that the edge opens to one of Turnpike's own services. */
const DRIPPING = 300;
const BODY_IDLE_TIMEOUT_MS = 1_500;
const BYTES_PER_SECOND_MIN = 1_000;

const ROUTES = `
version: 1
upstreams:
  raw: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, connectionsMax: 2, queueMax: 1, queueTimeoutMs: 800, headersTimeoutMs: 60000 }
  patient: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, connectionsMax: 2, queueMax: 1, queueTimeoutMs: 60000, headersTimeoutMs: 60000 }
routes:
  - { id: patient, path: /patient/*, methods: any, upstream: patient, auth: public, charge: none, limit: tier, scope: none }
  - { id: open, path: /open/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none, bodyBytesMax: 10000000 }
  - { id: open.small, path: /open/small, methods: [POST], upstream: raw, auth: public, charge: none, limit: tier, scope: none, bodyBytesMax: 1000 }
`;

let auth: RawUpstream;
let lone: LoneEdge;
let metricsUrl: string;
/** An edge that waits for a body as long as it takes. */
let patientUrl: string;
beforeAll(async () => {
  auth = await startRawUpstream();
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  const settings = {
    AUTH_URL: auth.url,
    METRICS_PORT: String(port),
    // Each request may be a caller of its own, as one alone is given half of the connections.
    TRUSTED_PROXIES: '127.0.0.1',
    BODY_TIMEOUT_MS: '3000',
    BODY_IDLE_TIMEOUT_MS: String(BODY_IDLE_TIMEOUT_MS),
    BODY_BYTES_PER_SECOND_MIN: String(BYTES_PER_SECOND_MIN),
  };
  lone = await startLoneEdge(settings, ROUTES);
  const patient = { BODY_TIMEOUT_MS: '60000', BODY_IDLE_TIMEOUT_MS: '60000', METRICS_PORT: '' };
  patientUrl = (await lone.startEdge(patient)).url;
});
afterAll(async () => {
  await lone.stop();
  await auth.close();
});
beforeEach(() => {
  auth.reset();
  lone.upstream.reset();
});

const metric = async (name: string, labels: string): Promise<number> => {
  const { text } = await send(metricsUrl, '/metrics');
  return Number(new RegExp(`^${name}\\{${labels}[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
};
const upload = async (path: string, framing: string, url = lone.edge.url): Promise<RawSocket> => {
  const raw = await openRawSocket(url);
  raw.write(`POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`);
  return raw;
};
const from = (client: number, target: string, sending: Sending = {}): Promise<Answer> =>
  lone.send(target, { ...sending, headers: { 'X-Forwarded-For': `192.0.2.${client}` } });
/** Sends bytes at a steady pace until the connection closes, and gives what was answered. */
const drip = async (raw: RawSocket, bytes: string, everyMs: number): Promise<string> => {
  const timer = setInterval(() => raw.write(bytes), everyMs);
  const answer = await raw.closed;
  clearInterval(timer);
  return answer;
};

describe('a body that is read whole takes no connection before it is there', () => {
  test('300 sign-ins that drip leave a service of ours to everybody else, and end at one deadline', async () => {
    const dripping = await Promise.all(
      Array.from({ length: DRIPPING }, () => upload('/auth/verification/verify-code', 'Content-Length: 60')),
    );
    for (const raw of dripping) raw.write('{');
    const answers = dripping.map((raw) => drip(raw, ' ', 500));
    const good = await lone.send('/auth/verification/verify-code', { method: 'POST', json: {} });
    expect(good.status).toBe(200);
    // One for that; the others are the edge's own questions (revocations, keys, readiness).
    expect(await auth.connections()).toBeLessThan(DRIPPING / 10);
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(auth.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test.each([
    ['a length of at most 64 KiB', '/open/a', 'Content-Length: 65536'],
    ['no length, on a route that takes at most 64 KiB', '/open/small', 'Transfer-Encoding: chunked'],
  ])('other upstreams: %s', async (_kind, path, framing) => {
    let requests = 0;
    lone.upstream.onRequest = () => {
      requests += 1;
      return false;
    };
    const chunked = framing.startsWith('Transfer');
    const raw = await upload(path, framing, patientUrl);
    raw.write(chunked ? '3\r\none\r\n' : 'x'.repeat(65_535));
    // Whatever the first client sent has arrived by the time a later request has been answered.
    expect((await send(patientUrl, '/open/other')).status).toBe(200);
    expect(requests).toBe(1);
    raw.write(chunked ? '3\r\ntwo\r\n0\r\n\r\n' : 'x');
    await raw.until(/^HTTP\/1\.1 200 /);
    raw.destroy();
    expect(lone.upstream.received.at(-1)?.body).toBe(chunked ? 'onetwo' : 'x'.repeat(65_536));
    expect(lone.upstream.received.at(-1)?.headers['content-length']).toBe(chunked ? '6' : '65536');
  });
});

describe('a body that is streamed has a least rate', () => {
  const receive = (): { ended: () => boolean; aborted: () => boolean; bytes: () => number } => {
    let [ended, aborted, bytes] = [false, false, 0];
    lone.upstream.onRequest = (request, response) => {
      request
        .on('data', (chunk: Buffer) => (bytes += chunk.length))
        .on('error', () => (aborted = true))
        .on('end', () => {
          ended = true;
          response.end('done');
        });
      return true;
    };
    return { ended: () => ended, aborted: () => aborted, bytes: () => bytes };
  };

  test('one that never pauses and brings less is let go, and its connection with it', async () => {
    const upstream = receive();
    const raw = await upload('/open/slow', 'Transfer-Encoding: chunked');
    expect(await drip(raw, '1\r\nx\r\n', 50)).toMatch(/^HTTP\/1\.1 408 /);
    await waitFor(upstream.aborted);
    expect(upstream.ended()).toBe(false);
  });

  test('one that brings more may take its time', async () => {
    // A machine that lets the client wait for its turn makes it one that brings nothing, so an attempt that fails proves nothing.
    await waitFor(async () => {
      const upstream = receive();
      const raw = await upload('/open/steady', 'Content-Length: 100000');
      // Ten times the least rate, over several spans in which it is measured.
      let sent = 0;
      const bring = (bytes: number): void => {
        sent += bytes;
        raw.write('x'.repeat(bytes));
      };
      const timer = setInterval(() => bring(1_000), 100);
      const enough = (BYTES_PER_SECOND_MIN * 10 * BODY_IDLE_TIMEOUT_MS * 3) / 1_000;
      await waitFor(() => raw.text() !== '' || upstream.bytes() > enough);
      clearInterval(timer);
      bring(100_000 - sent);
      const answer = await raw.until(/^HTTP\/1\.1 \d{3} /);
      raw.destroy();
      return answer.startsWith('HTTP/1.1 200 ');
    });
  });

  test('an upstream that takes its time is not held against the client', async () => {
    let taking: (() => void) | undefined;
    lone.upstream.onRequest = (request, response) => {
      if (request.url !== '/open/backpressure') return false;
      request.pause().on('end', () => response.end('done'));
      taking = () => request.resume();
      return true;
    };
    // More than all buffers on the way take.
    const answer = from(1, '/open/backpressure', { method: 'POST', body: 'x'.repeat(10_000_000) });
    await waitFor(() => taking);
    // Another one that is let go shows that the span has passed, more than once.
    for (let span = 0; span < 2; span += 1)
      expect(await drip(await upload('/open/slow', 'Transfer-Encoding: chunked'), '1\r\nx\r\n', 50)).toMatch(/ 408 /);
    taking?.();
    expect((await answer).status).toBe(200);
  });
});

describe('requests wait for a connection in a queue with bounds', () => {
  /** Both connections of the upstream are taken by requests that are answered when the test says so. */
  const takeAll = async (prefix: string): Promise<() => Promise<void>> => {
    const held: (() => void)[] = [];
    lone.upstream.onRequest = (request, response) => {
      if (request.url !== `${prefix}/held`) return false;
      held.push(() => response.end('at last'));
      return true;
    };
    const holding = [from(1, `${prefix}/held`), from(2, `${prefix}/held`)];
    await waitFor(() => held.length === 2);
    return async () => {
      for (const answer of held) answer();
      for (const answer of await Promise.all(holding)) expect(answer.text).toBe('at last');
    };
  };

  test('one that waits too long is 503 with Retry-After, and never sent', async () => {
    const release = await takeAll('/open');
    const answer = await from(3, '/open/late', { method: 'POST', body: 'x' });
    expect([answer.status, answer.body['code'], answer.headers['retry-after']]).toEqual([
      503,
      'upstream.unavailable',
      '1',
    ]);
    expect(lone.upstream.received).toEqual([]);
    expect(await metric('turnpike_edge_upstream_failures_total', 'upstream="raw",kind="queue_timeout"')).toBe(1);
    await release();
  });

  test('one that finds the queue full is 503 at once; the one in it is served when a connection is free', async () => {
    const release = await takeAll('/patient');
    const waiting = from(3, '/patient/waiting');
    await waitFor(async () => (await metric('turnpike_edge_upstream_waiting', 'upstream="patient"')) === 1);
    expect(await metric('turnpike_edge_upstream_connections_in_use', 'upstream="patient"')).toBe(2);
    expect(await metric('turnpike_edge_upstream_connections_max', 'upstream="patient"')).toBe(2);
    const refused = await from(4, '/patient/refused');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(await metric('turnpike_edge_upstream_failures_total', 'upstream="patient",kind="queue_full"')).toBe(1);
    await release();
    expect((await waiting).status).toBe(200);
    expect(await metric('turnpike_edge_upstream_waiting', 'upstream="patient"')).toBe(0);
    expect(await metric('turnpike_edge_upstream_connections_in_use', 'upstream="patient"')).toBe(0);
  });

  test('one whose client leaves makes room in it at once, and not when its time is up', async () => {
    const release = await takeAll('/patient');
    const timeouts = (): Promise<number> =>
      metric('turnpike_edge_upstream_failures_total', 'upstream="patient",kind="queue_timeout"');
    const before = await timeouts();
    const raw = await openRawSocket(lone.edge.url);
    raw.write('GET /patient/left HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.3\r\n\r\n');
    await waitFor(async () => (await metric('turnpike_edge_upstream_waiting', 'upstream="patient"')) === 1);
    raw.destroy();
    await waitFor(async () => (await metric('turnpike_edge_upstream_waiting', 'upstream="patient"')) === 0);
    expect(await timeouts()).toBe(before);
    await release();
    expect(lone.upstream.received).toEqual([]);
  });
});
