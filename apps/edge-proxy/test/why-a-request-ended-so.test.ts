import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startUsageStack, type Explained, type Link, type UsageStack } from './support/usage.ts';

/** Twelve refusals and successes: each explanation names the link that decided, with its facts, to whoever may read it. */

const GENERATE = '/api/v1/timepoints/generate/sync';
const FREE = '/api/v1/clockchain/graph';
const BALANCE = '/api/v1/credits/balance';
const TIERS = JSON.stringify({
  free: { per_minute: 100_000, per_day: 1_000_000 },
  minutely: { per_minute: 2, per_day: 1_000 },
  daily: { per_minute: 1_000, per_day: 2 },
  anonymous: { per_minute: 100_000 },
});

let stack: UsageStack;

beforeAll(async () => {
  stack = await startUsageStack({ RATE_LIMIT_TIERS: TIERS }, { RATE_LIMIT_TIERS: TIERS });
});
beforeEach(() => stack.upstream.reset());
afterAll(() => stack.stop());

const named = (id: string, more: Record<string, string> = {}) => ({ headers: { 'X-Request-ID': id, ...more } });
const refusedIn = ({ explain }: Explained): Link | undefined => explain.find(({ outcome }) => outcome === 'refused');
const linkOf = ({ explain }: Explained, name: string): Link | undefined => explain.find(({ link }) => link === name);
const outcomes = ({ explain }: Explained): string[] => explain.map(({ link, outcome }) => `${link}:${outcome}`);
const AFTER_CALLER = ['route', 'limit', 'price', 'hold', 'upstream', 'settle'].map((link) => `${link}:skipped`);

test('1. a key that nobody ever had', async () => {
  const user = await stack.signIn();
  const { key } = await stack.createKey(user);
  await stack.send(
    BALANCE,
    named('unknown-key', { 'X-API-Key': `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}` }),
  );
  const explained = await stack.explainedToOperator('unknown-key');
  expect(refusedIn(explained)).toMatchObject({ link: 'caller', code: 'auth.key_invalid', kind: 'anonymous' });
  expect(outcomes(explained)).toEqual(['caller:refused', ...AFTER_CALLER]);
});

test('2. a key that has expired: when, to the operator; to its owner that it did', async () => {
  const user = await stack.signIn();
  const key = await stack.createKey(user);
  await stack.databases.auth.query(
    "UPDATE api_key SET created_at = now() - interval '3 days', expires_at = now() - interval '1 day' WHERE id = $1",
    [key.id],
  );
  await stack.send(BALANCE, named('expired-key', { 'X-API-Key': key.key }));
  const refused = refusedIn(await stack.explainedToOperator('expired-key'));
  expect(refused).toMatchObject({ link: 'caller', code: 'auth.key_expired', key_id: key.id, user_id: user.userId });
  const shown = refused?.['key'] as { expires_at: string; revoked_at: unknown };
  expect(new Date(shown.expires_at).getTime()).toBeLessThan(Date.now());
  expect(shown.revoked_at).toBeNull();
  expect(refusedIn(await stack.explainedTo(user, 'expired-key'))).toMatchObject({
    link: 'caller',
    detail: 'The API key had expired.',
  });
});

test('3. a key that was revoked: when and by whom', async () => {
  const user = await stack.signIn();
  const key = await stack.createKey(user);
  await key.delete();
  await stack.send(BALANCE, named('revoked-key', { 'X-API-Key': key.key }));
  const refused = refusedIn(await stack.explainedToOperator('revoked-key'));
  expect(refused).toMatchObject({ link: 'caller', code: 'auth.key_revoked' });
  expect(refused?.['key']).toMatchObject({ id: key.id, revoked_by: 'user', revoked_at: expect.any(String) });
});

test('4. a key without the scope: which one it lacked', async () => {
  const user = await stack.signIn();
  const key = await stack.createKey(user, { scopes: ['billing:read'] });
  await stack.send(BALANCE, named('no-scope', { 'X-API-Key': key.key }));
  expect(refusedIn(await stack.explainedTo(user, 'no-scope'))).toMatchObject({
    link: 'caller',
    code: 'auth.scope_missing',
    missing_scope: 'credits:read',
    key_id: key.id,
  });
});

test.each([
  ['5. the limit of a minute', 'minutely', 'minute', 60],
  ['6. the limit of a day', 'daily', 'day', 86_400],
] as const)('%s: which window, and when it opens again', async (_name, tier, window, seconds) => {
  const user = await stack.signIn(tier);
  for (let call = 0; call < 2; call += 1) await stack.send(FREE, { token: user.token });
  const answer = await stack.send(FREE, { token: user.token, ...named(`limit-${tier}`) });
  expect(answer.status).toBe(429);
  const explained = await stack.explainedTo(user, `limit-${tier}`);
  expect(refusedIn(explained)).toMatchObject({
    link: 'limit',
    name: window,
    limit: 2,
    remaining: 0,
    window_seconds: seconds,
    code: 'rate_limit.exceeded',
  });
  expect(Number(refusedIn(explained)?.['resets_in_seconds'])).toBeGreaterThan(0);
  expect(outcomes(explained).slice(0, 3)).toEqual(['caller:passed', 'route:passed', 'limit:refused']);
  // Who has run into a limit can still see it.
  const { body } = await stack.send('/api/v1/usage/limits', { token: user.token });
  const windows = body['windows'] as { name: string; remaining: number; binding: boolean }[];
  expect(windows.find(({ name }) => name === window)).toMatchObject({ remaining: 0, binding: true });
});

test('7. the own limit of a key', async () => {
  const user = await stack.signIn();
  const key = await stack.createKey(user);
  await stack.databases.auth.query('UPDATE api_key SET rate_limit_per_minute = 1 WHERE id = $1', [key.id]);
  await stack.send(FREE, { headers: { 'X-API-Key': key.key } });
  await stack.send(FREE, named('limit-key', { 'X-API-Key': key.key }));
  expect(refusedIn(await stack.explainedTo(user, 'limit-key'))).toMatchObject({ link: 'limit', name: 'key', limit: 1 });
});

test('8. too few credits, because others of the same caller hold them', async () => {
  const user = await stack.signIn();
  const waiting: (() => void)[] = [];
  stack.upstream.respond = (_request, response) => void waiting.push(() => response.end('{}'));
  const dear = { method: 'POST', token: user.token, json: { preset: 'hd' } };
  const holders = Array.from({ length: 5 }, (_value, index) =>
    stack.send(GENERATE, { ...dear, ...named(`holder-${index}`) }),
  );
  await waitFor(() => waiting.length === 5);
  const answer = await stack.send(GENERATE, { ...dear, ...named('too-few') });
  expect(answer.status).toBe(402);
  for (const end of waiting) end();
  await Promise.all(holders);
  await stack.explainedToOperator('holder-0');
  const explained = await stack.explainedTo(user, 'too-few');
  expect(refusedIn(explained)).toMatchObject({
    link: 'hold',
    code: 'auth.insufficient_credits',
    cost: 10,
    available: 0,
  });
  expect(linkOf(explained, 'price')).toMatchObject({ outcome: 'passed', operation: 'generate_hd' });
  expect(JSON.stringify(explained)).not.toContain('holder-');
  await waitFor(async () => {
    const held = linkOf(await stack.explainedToOperator('too-few'), 'hold')?.['held_by_others'] as { held: string }[];
    return held.length === 5 && held.every(({ held: credits }) => credits === '10');
  });
});

test('9. an upstream that is down', async () => {
  const user = await stack.signIn();
  stack.upstream.onRequest = (request) => {
    request.socket.destroy();
    return true;
  };
  await stack.send(GENERATE, { method: 'POST', token: user.token, json: {}, ...named('upstream-down') });
  const explained = await stack.explainedTo(user, 'upstream-down');
  expect(refusedIn(explained)).toMatchObject({ link: 'upstream', failure: 'broken', breaker: 'closed', attempts: 1 });
  const operators = await stack.explainedToOperator('upstream-down');
  expect(refusedIn(operators)).toMatchObject({ upstream: 'flash', address_class: 'loopback' });
  expect(linkOf(operators, 'hold')?.['reservation']).toMatchObject({ state: 'released', charged_micro: null });
});

test('10. an upstream whose breaker is open', async () => {
  const user = await stack.signIn();
  stack.upstream.onRequest = (request) => {
    request.socket.destroy();
    return true;
  };
  // One right after the other: an open breaker lets one try again after a while.
  const ids = Array.from({ length: 12 }, (_value, call) => `breaker-${call}`);
  for (const id of ids) await stack.send(FREE, { token: user.token, ...named(id) });
  const refusals: (Link | undefined)[] = [];
  for (const id of ids) refusals.push(refusedIn(await stack.explainedTo(user, id)));
  expect(refusals.find((refused) => refused?.['failure'] === 'breaker')).toMatchObject({
    link: 'upstream',
    code: 'upstream.unavailable',
    breaker: 'open',
    attempts: 0,
  });
});

test('11. an answer that was given again: of which request', async () => {
  const user = await stack.signIn();
  const again = { 'Idempotency-Key': 'once-and-again' };
  const call = { method: 'POST', token: user.token, json: {} };
  await stack.send(GENERATE, { ...call, ...named('the-first', again) });
  await stack.send(GENERATE, { ...call, ...named('the-second', again) });
  const explained = await stack.explainedTo(user, 'the-second');
  expect(explained).toMatchObject({ replay_of: 'the-first', charged: null });
  expect(refusedIn(explained)).toBeUndefined();
  expect(linkOf(explained, 'settle')).toMatchObject({
    outcome: 'skipped',
    detail: expect.stringContaining('the-first'),
  });
});

test('12. a charge of less than was held', async () => {
  const user = await stack.signIn();
  stack.upstream.respond = (_request, response) => response.setHeader('X-Credits-Cost', '1.25').end('{}');
  await stack.send(GENERATE, { method: 'POST', token: user.token, json: {}, ...named('for-less') });
  const explained = await stack.explainedTo(user, 'for-less');
  expect(explained).toMatchObject({ held: '5', charged: '1.25', price_version: 1 });
  expect(linkOf(explained, 'settle')).toMatchObject({ outcome: 'passed', charged: '1.25', returned: '3.75' });
  const hold = linkOf(await stack.explainedToOperator('for-less'), 'hold');
  expect(hold?.['reservation']).toMatchObject({
    state: 'settled',
    amount_micro: '5000000',
    charged_micro: '1250000',
    drawn_on: [{ source: 'signup_bonus' }],
  });
});

test('looking at usage leaves no record, costs nothing, and is open to who has no credits', async () => {
  const user = await stack.signIn();
  await stack.send(FREE, { token: user.token, ...named('before-looking') });
  await stack.explainedTo(user, 'before-looking');
  const { body } = await stack.send('/api/v1/usage/requests', { token: user.token });
  expect((body['items'] as { route: string }[]).filter(({ route }) => route?.startsWith('usage.'))).toEqual([]);
});

test('asking what is left of the limits consumes nothing of them', async () => {
  const user = await stack.signIn('daily');
  const key = await stack.createKey(user, { scopes: ['billing:read'] });
  const left = async (): Promise<number | undefined> => {
    const { status, body } = await stack.send('/api/v1/usage/limits', { headers: { 'X-API-Key': key.key } });
    expect(status).toBe(200);
    expect(body['tier']).toBe('daily');
    // The tiers that everybody knows, and the own one.
    const tiers = (body['tiers'] as { tier: string }[]).map(({ tier }) => tier);
    expect(tiers.toSorted()).toEqual(['daily', 'enterprise', 'free', 'pro']);
    return (body['windows'] as { name: string; used: number; remaining: number }[]).find(({ name }) => name === 'day')
      ?.remaining;
  };
  const before = await left();
  await left();
  expect(await left()).toBe(before);
});
