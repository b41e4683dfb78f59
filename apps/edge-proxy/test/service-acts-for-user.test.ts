import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { send, type Sending } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

const ASSISTANT = 'assistant-service-key-0123456789abcdef';
const READER = 'reader-service-key-0123456789abcdef01';
const LIST = '/api/v1/timepoints';
const GENERATE = '/api/v1/timepoints/generate/sync';
const BALANCE = '/api/v1/credits/balance';

let folder: string;
let stack: EdgeStack;
let user: SignedIn;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-edge-'));
  const file = path.join(folder, 'service-keys.json');
  const keys = [
    { name: 'assistant', values: [ASSISTANT], grants: ['act_as_user', 'internal'] },
    { name: 'reader', values: [READER], grants: ['internal'] },
  ];
  await writeFile(file, JSON.stringify({ keys }));
  // The failures of one test must not count for the next, so each test comes from an address of its own.
  stack = await startStack({ SERVICE_KEYS_FILE: file, TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});
let address = 0;
beforeEach(async () => {
  address += 1;
  stack.upstream.reset();
  user = await stack.signIn();
});

const from = () => `198.51.100.${address}`;
const acting = (target: string, userId: string, sending: Sending = {}, key = ASSISTANT) =>
  stack.send(target, {
    ...sending,
    headers: { 'X-Service-Key': key, 'X-User-ID': userId, 'X-Forwarded-For': from(), ...sending.headers },
  });

interface Entry {
  readonly actor: string;
  readonly user_id: string;
  readonly request_id: string;
  readonly address: string;
  readonly detail: Readonly<Record<string, string>>;
}

/** Audit events of services in the user's name, newest first. */
async function actsFor(userId: string): Promise<Entry[]> {
  const target = `/api/v1/auth/admin/audit?user_id=${userId}&action=service.acted_for_user`;
  const answer = await stack.send(target, { headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY } });
  return answer.body['items'] as Entry[];
}

describe('a service whose key may act for users', () => {
  test('reads and spends what is the user’s, and the backend is told the user, never the key', async () => {
    expect((await acting(BALANCE, user.userId)).body).toMatchObject({ balance: 50 });
    const made = await acting(GENERATE, user.userId.toUpperCase(), { method: 'POST', json: {} });
    expect([made.status, made.headers['x-credits-charged'], made.headers['x-credits-remaining']]).toEqual([
      200,
      '5',
      '45',
    ]);
    expect(await stack.balance(user)).toBe(45);
    expect(stack.upstream.received.map(({ headers }) => [headers['x-user-id'], headers['x-user-tier']])).toEqual([
      [user.userId, 'free'],
    ]);
    expect(JSON.stringify(stack.upstream.received)).not.toContain(ASSISTANT);
  });

  test('is in the audit trail with each act, which the user sees too', async () => {
    await acting(LIST, user.userId, { headers: { 'X-Request-ID': 'an-act' } });
    await acting('/internal/auth/introspect', user.userId, { method: 'POST', json: { token: 'x' } });
    const entries = await waitFor(async () => {
      const found = await actsFor(user.userId);
      return found.length === 2 ? found : undefined;
    });
    expect(entries).toEqual([
      expect.objectContaining({
        detail: expect.objectContaining({ caller: 'assistant', method: 'POST', path: '/internal/auth/introspect' }),
      }),
      expect.objectContaining({
        actor: 'service',
        user_id: user.userId,
        request_id: 'an-act',
        address: from(),
        detail: expect.objectContaining({ caller: 'assistant', method: 'GET', path: '/api/v1/timepoints/*' }),
      }),
    ]);
    const own = await stack.send('/api/v1/auth/audit', { token: user.token });
    expect(JSON.stringify(own.body['items'])).toContain('service.acted_for_user');
  });

  test('what is refused is no act', async () => {
    for (let call = 0; call < 10; call += 1) await acting(GENERATE, user.userId, { method: 'POST', json: {} });
    expect((await acting(GENERATE, user.userId, { method: 'POST', json: {} })).status).toBe(402);
    await waitFor(async () => (await actsFor(user.userId)).length === 10);
    await acting(LIST, user.userId);
    await waitFor(async () => (await actsFor(user.userId)).length === 11);
  });

  test('loses the user with the account: open streams end, and the user is unknown', async () => {
    stack.upstream.onRequest = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
      return true;
    };
    const stream = await openRawSocket(stack.edge.url);
    stream.write(
      `GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nX-Service-Key: ${ASSISTANT}\r\nX-User-ID: ${user.userId}\r\n\r\n`,
    );
    await stream.until(/data: 1/);
    expect((await stack.send('/api/v1/auth/me', { method: 'DELETE', token: user.token })).status).toBe(200);
    await stream.closed;
    // From the moment its end is known, and not only when users has heard of it as well.
    expect((await acting(BALANCE, user.userId)).status).toBe(404);
  });

  test.each([
    ['DELETE', '/api/v1/auth/me'],
    ['POST', '/api/v1/auth/logout'],
    ['GET', '/api/v1/auth/sessions'],
    ['POST', '/auth/api-keys'],
  ])('cannot %s %s: that takes the user’s own session', async (method, target) => {
    const answer = await acting(target, user.userId, { method });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('auth.forbidden')]);
    expect((await stack.send('/api/v1/auth/me', { token: user.token })).status).toBe(200);
  });

  test('404 for a user nobody knows, 422 for what is no id', async () => {
    expect((await acting(BALANCE, '01890000-0000-7000-8000-000000000000')).status).toBe(404);
    const malformed = await acting(BALANCE, 'admin');
    expect([malformed.status, malformed.body['errors']]).toEqual([
      422,
      [{ path: 'headers.x-user-id', message: 'Must be a UUID' }],
    ]);
  });
});

describe('nobody else acts for a user', () => {
  test('a key without the grant is 403', async () => {
    const answer = await acting(BALANCE, user.userId, {}, READER);
    expect([answer.status, answer.body['code']]).toEqual([403, 'auth.forbidden']);
  });

  test('a wrong key is nobody: 401 where somebody is needed, anonymous where not', async () => {
    const guess = 'guessed-service-key-0123456789abcdef';
    const refused = await acting(LIST, user.userId, {}, guess);
    expect([refused.status, refused.body['code'], stack.upstream.received]).toEqual([401, 'auth.missing', []]);
    expect((await acting('/api/v1/clockchain/stats', user.userId, {}, guess)).status).toBe(200);
    expect(stack.upstream.received.map(({ headers }) => headers['x-user-id'])).toEqual([undefined]);
  });

  test('guessing a key is throttled', async () => {
    const edge = await stack.startEdge({ RATE_LIMIT_TIERS: '{"anonymous":{"per_minute":3}}' });
    const headers = {
      'X-Service-Key': 'guessed-service-key-0123456789abcdef',
      'X-User-ID': user.userId,
      'X-Forwarded-For': from(),
    };
    const statuses: number[] = [];
    for (let guess = 0; guess < 5; guess += 1) statuses.push((await send(edge.url, BALANCE, { headers })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  test('the user’s own credential decides, whatever a service key beside it says', async () => {
    const stranger = await stack.signIn();
    await acting(LIST, stranger.userId, { token: user.token });
    expect(stack.upstream.received.map(({ headers }) => headers['x-user-id'])).toEqual([user.userId]);
  });

  test('a key alone, or a name alone, is nobody', async () => {
    expect((await stack.send(LIST, { headers: { 'X-Service-Key': ASSISTANT } })).status).toBe(401);
    expect((await stack.send(LIST, { headers: { 'X-User-ID': user.userId } })).status).toBe(401);
  });
});

describe('while auth is down', () => {
  test('calls go on, and their audit events are in the trail when it is up again', async () => {
    await acting(LIST, user.userId);
    await waitFor(async () => (await actsFor(user.userId)).length === 1);
    await stack.apps.auth.kill();
    expect((await acting(LIST, user.userId)).status).toBe(200);
    await stack.restart('auth');
    await waitFor(async () => (await actsFor(user.userId)).length === 2);
  });
});
