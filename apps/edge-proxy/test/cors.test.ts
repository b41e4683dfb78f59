import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
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

  test('under * never come with credentials', async () => {
    const answer = await send(anyOrigin, '/open/a', { headers: { Origin: STRANGER } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

test('without a list there is no CORS, and OPTIONS is a method like any other', async () => {
  const answer = await preflight(off, '/open/a', APP, 'GET');
  expect([answer.status, answer.body['method']]).toEqual([200, 'OPTIONS']);
  expect((await preflight(off, '/api/v1/credits/costs', APP, 'GET')).status).toBe(405);
});
