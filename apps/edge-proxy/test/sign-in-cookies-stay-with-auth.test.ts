import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { startRawUpstream, type RawUpstream } from './support/raw-upstream.ts';

const OWN = 'turnpike-sign-in-google-0123456789abcdef=binding';
const OWN_SECURE = `__Host-${OWN}`;
const SET = [`${OWN}; HttpOnly; Path=/`, `${OWN_SECURE}; Secure; Path=/`, `=${OWN}; Path=/`];

let auth: RawUpstream;
let lone: LoneEdge;
beforeAll(async () => {
  auth = await startRawUpstream();
  lone = await startLoneEdge({ AUTH_URL: auth.url });
});
afterAll(async () => {
  await lone.stop();
  await auth.close();
});
beforeEach(() => {
  auth.reset();
  lone.upstream.reset();
});

test('a backend reads no sign-in cookie, and sets none', async () => {
  lone.upstream.respond = (_request, response) =>
    response.writeHead(200, { 'Set-Cookie': ['theme=dark', ...SET] }).end();
  const answer = await lone.send('/open/a', { rawHeaders: ['Cookie', `a=1; ${OWN}; b=2; ${OWN_SECURE}`] });
  expect(lone.upstream.received[0]?.headers['cookie']).toBe('a=1; b=2');
  expect(answer.headers['set-cookie']).toEqual(['theme=dark']);
  await lone.send('/open/a', { rawHeaders: ['Cookie', OWN] });
  expect(lone.upstream.received[1]?.headers).not.toHaveProperty('cookie');
});

test('nor does one that speaks WebSocket', async () => {
  let cookie: string | undefined;
  lone.upstream.onUpgrade = (request, socket) => {
    ({ cookie } = request.headers);
    const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'];
    socket.end([...head, ...SET.map((value) => `Set-Cookie: ${value}`), '', ''].join('\r\n'));
  };
  const raw = await openRawSocket(lone.edge.url);
  raw.write(
    `GET /open/socket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: a=1; ${OWN}\r\n\r\n`,
  );
  expect(await raw.closed).not.toMatch(/^set-cookie:/im);
  expect(cookie).toBe('a=1');
});

test('auth reads them and sets them', async () => {
  auth.respond = (_request, response) => response.writeHead(302, { Location: '/', 'Set-Cookie': SET }).end();
  const answer = await lone.send('/api/v1/auth/google/login?redirect_uri=x', { headers: { Cookie: OWN } });
  expect([answer.status, answer.headers['set-cookie']]).toEqual([302, SET]);
  expect(auth.received.at(-1)?.headers['cookie']).toBe(OWN);
});
