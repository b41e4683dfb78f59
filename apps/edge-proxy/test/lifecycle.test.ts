import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, startApp, waitFor, type RunningApp } from '@turnpike/test-kit';
import { startLoneEdge, OPEN_ROUTES, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';

let lone: LoneEdge;
beforeAll(async () => {
  lone = await startLoneEdge();
});
afterAll(() => lone.stop());
beforeEach(() => lone.upstream.reset());

describe('SIGHUP reads the routes file again', () => {
  afterEach(async () => {
    await lone.writeRoutes(OPEN_ROUTES);
    process.kill(lone.edge.pid, 'SIGHUP');
    await waitFor(async () => (await lone.send('/added/a')).status === 404);
  });
  const ADDED = `${OPEN_ROUTES}  - { id: added, path: /added/*, methods: any, upstream: raw, auth: public, charge: none, limit: tier, scope: none }\n`;

  test('a new route is there, and a request under way is not disturbed', async () => {
    let finish: (() => void) | undefined;
    lone.upstream.onRequest = (request, response) => {
      if (request.url !== '/open/long') return false;
      finish = () => response.end('finished');
      return true;
    };
    const long = lone.send('/open/long');
    await waitFor(() => finish !== undefined);
    await lone.writeRoutes(ADDED);
    process.kill(lone.edge.pid, 'SIGHUP');
    await waitFor(async () => (await lone.send('/added/a')).status === 200);
    finish?.();
    expect((await long).text).toBe('finished');
  });

  test('a request that was admitted before and is sent on afterwards goes where its route led', async () => {
    const raw = await openRawSocket(lone.edge.url);
    raw.write(
      'POST /open/small HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    // It has its route, and is asked for its body.
    await raw.until(/^HTTP\/1\.1 100 /);
    await lone.writeRoutes(ADDED.replace('connectTimeoutMs: 5000', 'connectTimeoutMs: 5001'));
    process.kill(lone.edge.pid, 'SIGHUP');
    await waitFor(async () => (await lone.send('/added/a')).status === 200);
    raw.write('abcdef');
    expect(await raw.closed).toMatch(/HTTP\/1\.1 200 [\s\S]*"body":"abcdef"/);
  });

  test('a bad file is refused with its lines, and the old one stays in force', async () => {
    await lone.writeRoutes(
      `${OPEN_ROUTES}  - { id: bad, path: /bad, methods: any, upstream: nobody, auth: public, charge: none, limit: tier, scope: none }\n`,
    );
    process.kill(lone.edge.pid, 'SIGHUP');
    const line = await waitFor(() => lone.edge.logs().find((text) => text.includes('routes file refused')));
    expect(line).toContain('there is no upstream nobody');
    expect(line).toMatch(/routes\.yaml:\d+: /);
    expect((await lone.send('/open/a')).status).toBe(200);
  });
});

describe('start-up', () => {
  const failing = async (env: Readonly<Record<string, string>>): Promise<string> => {
    try {
      await (await startApp('edge-proxy', { ...lone.env, ...env })).stop();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return 'it started';
  };

  test.each<[string, Record<string, string>, RegExp]>([
    ['a missing signing secret', { GATEWAY_SIGNING_SECRET: '' }, /GATEWAY_SIGNING_SECRET is not set/],
    [
      'a routes file that is not there',
      { ROUTES_FILE: '/nowhere/routes.yaml' },
      /ROUTES_FILE is not usable\.[^]*cannot be read/,
    ],
    [
      'a proxy that is no address',
      { TRUSTED_PROXIES: 'proxy.internal' },
      /TRUSTED_PROXIES: proxy\.internal is neither/,
    ],
    ['tiers that are no JSON', { RATE_LIMIT_TIERS: '{' }, /RATE_LIMIT_TIERS: must be JSON/],
    ['a tier without a limit', { RATE_LIMIT_TIERS: '{"free":{}}' }, /RATE_LIMIT_TIERS/],
    [
      'a weak secret in production',
      { NODE_ENV: 'production', GATEWAY_SIGNING_SECRET: 'short' },
      /GATEWAY_SIGNING_SECRET: must be at least 32 bytes/,
    ],
    [
      'an upstream key that production lacks',
      { NODE_ENV: 'production', RAW_SERVICE_KEY: '' },
      /RAW_SERVICE_KEY is not set/,
    ],
    [
      'an upstream key too weak for production',
      { NODE_ENV: 'production', RAW_SERVICE_KEY: 'short' },
      /RAW_SERVICE_KEY must be at least 32 bytes/,
    ],
  ])('%s is one clear sentence', async (_name, env, message) => {
    expect(await failing(env)).toMatch(message);
  });
});

describe('SIGTERM', () => {
  let edge: RunningApp;
  beforeEach(async () => {
    edge = await lone.startEdge({ SHUTDOWN_TIMEOUT_MS: '30000' });
  });

  test('lets requests and streams finish, takes no new connections, and ends by itself', async () => {
    let stream: { write: (text: string) => void; end: () => void } | undefined;
    lone.upstream.onRequest = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      stream = { write: (text) => void response.write(text), end: () => void response.end() };
      return true;
    };
    const raw = await openRawSocket(edge.url);
    raw.write('GET /open/stream HTTP/1.1\r\nHost: h\r\n\r\n');
    await raw.until(/data: 1/);
    process.kill(edge.pid, 'SIGTERM');
    await waitFor(async () =>
      send(edge.url, '/health').then(
        () => false,
        () => true,
      ),
    );
    stream?.write('data: 2\n\n');
    await raw.until(/data: 2/);
    stream?.end();
    expect(await raw.closed).toContain('0\r\n\r\n');
    expect(await edge.exited).toEqual({ code: 0, signal: null });
  });

  test('says that it is stopping, and serves on while callers leave', async () => {
    const leaving = await lone.startEdge({ SHUTDOWN_DRAIN_MS: '8000' });
    const kept = { headers: { Connection: 'keep-alive' } };
    expect((await send(leaving.url, '/open/a', kept)).headers['connection']).toBe('keep-alive');
    process.kill(leaving.pid, 'SIGTERM');
    for (const path of ['/health', '/health/ready']) {
      const stopping = await waitFor(async () => {
        const answer = await send(leaving.url, path);
        return answer.status === 503 ? answer : undefined;
      });
      expect(stopping.body['status']).toBe('stopping');
    }
    for (const path of ['/open/a', '/nowhere']) {
      const answer = await send(leaving.url, path, kept);
      expect([answer.status, answer.headers['connection']]).toEqual([path === '/open/a' ? 200 : 404, 'close']);
    }
    expect(await leaving.exited).toEqual({ code: 0, signal: null });
  });

  test('cuts what has not finished in time', async () => {
    const hasty = await lone.startEdge({ SHUTDOWN_TIMEOUT_MS: '300' });
    lone.upstream.onRequest = () => true;
    const raw = await openRawSocket(hasty.url);
    raw.write('GET /open/never HTTP/1.1\r\nHost: h\r\n\r\n');
    await waitFor(async () => (await lone.upstream.connections()) > 0);
    process.kill(hasty.pid, 'SIGTERM');
    expect(await hasty.exited).toEqual({ code: 0, signal: null });
    await raw.closed;
  });
});

describe('several workers', () => {
  test('share one port, are replaced when they die, and give their metrics as one', async () => {
    const metricsPort = await freePort();
    const edge = await lone.startEdge({ EDGE_WORKERS: '2', METRICS_PORT: String(metricsPort) });
    const metrics = async (): Promise<string> => (await send(`http://127.0.0.1:${metricsPort}`, '/metrics')).text;
    for (let call = 0; call < 20; call += 1) expect((await send(edge.url, '/open/a')).status).toBe(200);
    await waitFor(async () => /http_request_duration_seconds_count\{[^}]*route="open"[^}]*\} 20/.test(await metrics()));
    // What is true of each of them is told once, and not added up.
    expect(await metrics()).toMatch(/^turnpike_build_info\{[^}]*\} 1$/m);
    expect(await metrics()).toMatch(/^turnpike_edge_limiter_degraded\{[^}]*\} [01]$/m);
    const workers = edge
      .logs()
      .flatMap((line) => (line.includes('worker listening') ? [Number(/"pid":(\d+)/.exec(line)?.[1])] : []));
    expect(new Set(workers).size).toBe(2);
    process.kill(workers[0] ?? 0, 'SIGKILL');
    await waitFor(() => edge.logs().filter((line) => line.includes('worker listening')).length === 3);
    expect((await send(edge.url, '/open/a')).status).toBe(200);
    await edge.stop();
    expect(await edge.exited).toEqual({ code: 0, signal: null });
  });
});
