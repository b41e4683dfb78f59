import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { sendRaw } from './support/raw-socket.ts';
import { send } from './support/send.ts';

const APP = 'https://app.example';
const STRANGER = 'https://stranger.example';

let lone: LoneEdge;
let anyOrigin: string;
let off: string;
beforeAll(async () => {
  lone = await startLoneEdge({ CORS_ORIGINS: `${APP}, http://localhost:3000` });
  anyOrigin = (await lone.startEdge({ CORS_ORIGINS: '*' })).url;
  off = (await lone.startEdge({ CORS_ORIGINS: '' })).url;
});
afterAll(() => lone.stop());

const preflight = (url: string, target: string, origin: string, method: string) =>
  send(url, target, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'authorization',
    },
  });

describe('preflight', () => {
  test('of a listed origin is answered by the edge, for the method that will come', async () => {
    const answer = await preflight(lone.edge.url, '/api/v1/auth/me', APP, 'DELETE');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'DELETE',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
    expect(answer.headers['x-ratelimit-limit']).toBeDefined();
    expect(lone.upstream.received).toEqual([]);
  });

  test('of a stranger names no origin', async () => {
    const answer = await preflight(lone.edge.url, '/api/v1/auth/me', STRANGER, 'DELETE');
    expect(answer.status).toBe(204);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('of an unknown path is 404', async () => {
    expect((await preflight(lone.edge.url, '/nowhere', APP, 'GET')).status).toBe(404);
  });
});

describe('answers', () => {
  test('of the upstream carry the edge’s decision, not the upstream’s', async () => {
    lone.upstream.respond = (_request, response) =>
      response
        .writeHead(200, {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Credentials': 'true',
          Vary: 'Accept',
        })
        .end();
    const allowed = await lone.send('/open/a', { headers: { Origin: APP } });
    expect(allowed.headers).toMatchObject({ 'access-control-allow-origin': APP, vary: 'Accept, Origin' });
    expect(allowed.headers['access-control-expose-headers']).toContain('X-Credits-Charged');
    const stranger = await lone.send('/open/a', { headers: { Origin: STRANGER } });
    expect(stranger.headers).not.toHaveProperty('access-control-allow-origin');
    lone.upstream.reset();
  });

  test('of the edge itself can be read by the page too', async () => {
    expect((await lone.send('/closed/a', { headers: { Origin: APP } })).headers).toMatchObject({
      'access-control-allow-origin': APP,
    });
    expect((await lone.send('/nowhere', { headers: { Origin: APP } })).headers).toMatchObject({
      'access-control-allow-origin': APP,
    });
  });

  test.each<[string, string]>([
    ['a path with empty segments', 'GET /open//a HTTP/1.1\r\nHost: h\r\n'],
    ['two hosts', 'GET /open/a HTTP/1.1\r\nHost: h\r\nHost: i\r\n'],
    ['a path that is encoded twice', 'GET /open/%252e HTTP/1.1\r\nHost: h\r\n'],
    ['two readings of a path', 'GET /open/small;x/../a HTTP/1.1\r\nHost: h\r\n'],
    ['too many header lines', `GET /open/a HTTP/1.1\r\nHost: h\r\n${'X-A: b\r\n'.repeat(101)}`],
    ['bytes that are no HTTP', 'GET /open/a HTTP/1.1\r\nHost: h\r\nContent-Length: two\r\n'],
    ['too large headers', `GET /open/a HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(17_000)}\r\n`],
  ])('of what is refused before it has a route can be read too: %s', async (_what, head) => {
    const [start = '', ...rest] = head.split('\r\n');
    const from = (origin: string): string => [start, `Origin: ${origin}`, ...rest, ''].join('\r\n');
    const allowed = await sendRaw(lone.edge.url, from(APP));
    expect(allowed).toMatch(/^HTTP\/1\.1 4(?:00|31) /);
    expect(allowed).toContain(`\r\nAccess-Control-Allow-Origin: ${APP}\r\n`);
    expect(allowed).toMatch(/^access-control-expose-headers: .*X-Request-ID/im);
    const stranger = await sendRaw(lone.edge.url, from(STRANGER));
    expect(stranger).toMatch(/^HTTP\/1\.1 4(?:00|31) /);
    expect(stranger).not.toMatch(/^access-control-/im);
    expect(lone.upstream.received).toEqual([]);
  });

  test('show pages what paging, downloads and caching need, and what the upstream adds', async () => {
    lone.upstream.respond = (_request, response) =>
      response.writeHead(200, { 'Access-Control-Expose-Headers': 'X-Pages, ETag', 'X-Pages': '3' }).end();
    const { headers } = await lone.send('/open/a', { headers: { Origin: APP } });
    const exposed = String(headers['access-control-expose-headers']).split(/, */);
    const wanted =
      'Link, ETag, Location, Content-Disposition, Content-Range, Retry-After, RateLimit, X-Credits-Charged, X-Pages';
    expect(exposed).toEqual(expect.arrayContaining(wanted.split(', ')));
    lone.upstream.reset();
  });

  test('under * never come with credentials', async () => {
    const answer = await send(anyOrigin, '/open/a', { headers: { Origin: STRANGER } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('settings', () => {
  test('say what pages may read and send', async () => {
    const { url } = await lone.startEdge({
      CORS_ORIGINS: APP,
      CORS_EXPOSED_HEADERS: 'X-Mine, ETag',
      CORS_ALLOWED_HEADERS: 'Authorization,X-Theirs',
    });
    const answer = await send(url, '/open/a', { headers: { Origin: APP } });
    expect(answer.headers['access-control-expose-headers']).toBe('X-Mine, ETag');
    const asked = await preflight(url, '/open/a', APP, 'GET');
    expect(asked.headers['access-control-allow-headers']).toBe('Authorization, X-Theirs');
  });

  test('that are malformed end the start with one sentence', async () => {
    const failed = String(await lone.startEdge({ CORS_ORIGINS: 'app.example' }).catch((error: unknown) => error));
    expect(failed).toMatch(/exit code 78/);
    expect(failed).toMatch(/^ *CORS_ORIGINS: must be [^\n]+$/m);
    expect(failed).not.toMatch(/^\s+at /m);
  });
});

test('without a list there is no CORS, and OPTIONS is a method like any other', async () => {
  const answer = await preflight(off, '/open/a', APP, 'GET');
  expect([answer.status, answer.body['method']]).toEqual([200, 'OPTIONS']);
  expect((await preflight(off, '/api/v1/credits/costs', APP, 'GET')).status).toBe(405);
});
