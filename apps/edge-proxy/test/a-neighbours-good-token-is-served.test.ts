import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeApiKey } from '@turnpike/contracts';
import { send, type Answer } from './support/send.ts';
import { startStack, type EdgeStack } from './support/stack.ts';

const FAILURES_MAX = 5;
const FAKE_KEY_IDS = 1_000;
const LIST = '/api/v1/timepoints';
const SECRET = 'a-shared-secret-of-at-least-32-characters';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token that looks like one of ours, with a key id and a signature that nobody made. */
const madeUp = (alg: string, kid: string): string => {
  const text = `${encode({ alg, typ: 'at+jwt', kid })}.${encode({ sub: randomUUID(), exp: 4_102_444_800 })}`;
  return `${text}.${createHmac('sha512', randomUUID()).update(text).digest('base64url')}`;
};

describe.each(['ES256', 'RS256', 'HS256'])('at an address of made-up credentials (%s)', (algorithm) => {
  let stack: EdgeStack;
  beforeAll(async () => {
    const tokens = { JWT_ALGORITHM: algorithm, JWT_SECRET_KEY: SECRET };
    const tiers = { free: { per_minute: 100_000 }, anonymous: { per_minute: FAILURES_MAX } };
    stack = await startStack({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_TIERS: JSON.stringify(tiers) }, tokens);
  });
  afterAll(() => stack.stop());
  let address = 0;
  beforeEach(() => {
    address += 1;
  });

  const list = (headers: Record<string, string>): Promise<Answer> =>
    stack.send(LIST, { headers: { 'X-Forwarded-For': `198.51.100.${address}`, ...headers } });
  const present = (token: string): Promise<Answer> => list({ Authorization: `Bearer ${token}` });
  /** Until the address is turned away. */
  const flood = async (): Promise<void> => {
    for (let failure = 0; failure < FAILURES_MAX; failure += 1) {
      const key = composeApiKey('live', randomUUID().replaceAll('-', '').slice(0, 30));
      expect((await list({ 'X-API-Key': key })).status).toBe(401);
    }
    expect((await present(madeUp(algorithm, 'made-up'))).status).toBe(429);
  };

  test('a token that auth signed is served, though the edge sees it for the first time', async () => {
    const users = [await stack.signIn(), await stack.signIn(), await stack.signIn()];
    await flood();
    for (const { token } of users) expect((await present(token)).status).toBe(200);
  });

  test('one whose session ended is no failure of the address: others go on', async () => {
    const [ended, other] = [await stack.signIn(), await stack.signIn()];
    expect((await stack.send('/api/v1/auth/logout', { method: 'POST', token: ended.token })).status).toBe(200);
    const first = await present(ended.token);
    expect([first.status, first.body['code']]).toEqual([401, 'auth.session_revoked']);
    for (let time = 0; time < FAILURES_MAX * 2; time += 1) await present(ended.token);
    const { key } = await stack.createKey(other, { scopes: ['timepoints:read'] });
    expect((await list({ 'X-API-Key': key })).status).toBe(200);
  });

  test(`${FAKE_KEY_IDS} made-up key ids make the edge ask for the keys at most once more`, async () => {
    const user = await stack.signIn();
    const asked = async (): Promise<number> => {
      const { text } = await send(stack.urls.auth, '/metrics');
      const counts = [
        ...text.matchAll(/^turnpike_http_request_duration_seconds_count\{[^}]*route="([^"]*)"[^}]*\} (\d+)$/gm),
      ];
      return counts.reduce((sum, [, route, count]) => sum + (route?.includes('jwks') ? Number(count) : 0), 0);
    };
    const before = await asked();
    const tokens = Array.from({ length: FAKE_KEY_IDS }, (_value, index) => madeUp(algorithm, `made-up-${index}`));
    const statuses = (await Promise.all(tokens.map(present))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(FAILURES_MAX);
    expect(statuses.filter((status) => status === 429)).toHaveLength(FAKE_KEY_IDS - FAILURES_MAX);
    expect((await present(user.token)).status).toBe(200);
    // A shared secret is not published, and for the others the edge has asked when it began.
    if (algorithm === 'HS256') expect([before, await asked()]).toEqual([0, 0]);
    else expect(before).toBeGreaterThan(0);
    expect((await asked()) - before).toBeLessThanOrEqual(1);
  });

  test('while auth is down a token of ours is an outage, never a 401', async () => {
    const user = await stack.signIn();
    await flood();
    await stack.apps.auth.kill();
    expect((await present(user.token)).status).toBe(503);
    await stack.restart('auth');
    expect((await present(user.token)).status).toBe(200);
  });
});
