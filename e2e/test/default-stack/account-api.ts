import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { balanceOf, refusalOf, signInAs, statusOf } from '../../support/callers.ts';
import { defaultStack } from '../../support/default-stack.ts';
import { makeKey, signInByMail } from '../../support/developer.ts';
import type { Developer } from '../../support/developer.ts';
import type { TempStack } from '../../support/temp-stack.ts';

const generate = '/api/v1/timepoints/generate/sync';
const startTimeoutMs = 120_000;

let temp: TempStack;
let developer: Developer;

beforeAll(async () => {
  temp = defaultStack();
  developer = await signInByMail(temp.visitor, temp.stack.info.mail_ui_url, 'developer@example.com');
}, startTimeoutMs);

const withKey = (apiKey: string): Turnpike => temp.visitor.as({ apiKey });
/** A metered call. */
const order = (caller: Turnpike): Promise<unknown> =>
  caller.request(generate, { method: 'POST', json: { query: 'x' } });

/** A key that has been ended stops working, though every cache was warm. */
async function isRefusedSoon(text: string): Promise<void> {
  await waitFor(async () => {
    const error = await refusalOf(withKey(text).call('credits.getBalance'));
    expect(error).toMatchObject({ status: 401, code: 'auth.key_revoked' });
    return true;
  });
}

describe('a developer', () => {
  test('signs up with a mailed code and sees user, projects and billing', async () => {
    const me = await developer.session.callWithHeaders('account.getUser');
    expect(me.status).toBe(200);
    expect(me.limits).toBeDefined();
    expect(me.data).toMatchObject({
      id: developer.userId,
      email: 'developer@example.com',
      is_active: true,
      is_superuser: false,
      is_verified: true,
      projects: [{ name: 'Default project' }],
      billing: { token_balance: 50, tokens_used: 0, subscription_tier: 'free' },
      missing: [],
    });
  });

  test('without credentials gets the envelope with 401', async () => {
    const { status, headers, body } = await refusalOf(temp.visitor.call('account.getUser'));
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body).toEqual({
      success: false,
      data: null,
      error: { code: 'auth.missing', message: expect.any(String), details: { request_id: expect.any(String) } },
    });
  });

  test('makes a key once per Idempotency-Key, and lists it without its value', async () => {
    const { session, project: headers } = developer;
    const once = (name: string) =>
      session.callWithHeaders('account.createApiKey', { headers, body: { name }, idempotencyKey: 'first-key' });
    const made = await once('once');
    expect(made.status).toBe(201);
    const again = await once('once');
    expect(again.replayed).toBe(true);
    expect(again.data).toEqual(made.data);
    const { items } = await session.call('account.listApiKeys', { headers, query: { page: 1, limit: 5 } });
    expect(items).toMatchObject([{ id: made.data.id, name: 'once', full_key: null }]);
    expect((await refusalOf(once('other'))).status).toBe(409);
  });

  test('reaches its keys with and without the closing slash', async () => {
    const headers = { ...developer.project };
    const answers = ['/auth/api-keys', '/auth/api-keys/'].map((path) => developer.session.request(path, { headers }));
    const [without, slashed] = await Promise.all(answers);
    expect(slashed).toEqual(without);
  });

  test('without a project is told so: 422 missing, 404 unknown', async () => {
    const create = (headers: Readonly<Record<string, string>>) =>
      refusalOf(developer.session.request('/auth/api-keys/', { method: 'POST', json: { name: 'x' }, headers }));
    expect((await create({})).status).toBe(422);
    expect((await create({ 'X-Project-ID': '01920000-0000-7000-8000-000000000000' })).status).toBe(404);
  });
});

describe('a key', () => {
  test('calls a metered backend for its owner, as X-API-Key and as Bearer', async () => {
    const { text } = await makeKey(developer);
    const before = await balanceOf(developer.session);
    await order(withKey(text));
    await order(temp.visitor.as({ accessToken: text }));
    expect(await balanceOf(withKey(text))).toBe(before - 10);
  });

  test('is held to its scopes: 403, and nothing is charged', async () => {
    const { text } = await makeKey(developer, { scopes: ['credits:read'] });
    const before = await balanceOf(withKey(text));
    expect(await refusalOf(order(withKey(text)))).toMatchObject({ status: 403, code: 'auth.scope_missing' });
    expect((await refusalOf(withKey(text).call('account.getUser'))).status).toBe(403);
    expect(await balanceOf(developer.session)).toBe(before);
  });

  test('cannot make keys or reach what only a session may', async () => {
    const { text } = await makeKey(developer);
    const asKey = temp.visitor.as({ accessToken: text });
    const refusals = await Promise.all(
      [
        asKey.call('account.createApiKey', { headers: developer.project, body: { name: 'child' } }),
        asKey.call('account.listProjects'),
        asKey.call('auth.listSessions'),
        asKey.call('auth.deleteMe'),
      ].map(refusalOf),
    );
    expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  test('has a limit of its own', async () => {
    const { text } = await makeKey(developer, { rate_limit_per_minute: 2 });
    const statuses: number[] = [];
    // Five calls touch two minutes at most.
    for (let call = 0; call < 5; call += 1)
      statuses.push(await statusOf(withKey(text).callWithHeaders('credits.getBalance')));
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
    await developer.session.call('credits.getBalance');
  });

  test('beside a token of somebody else is ambiguous: 400', async () => {
    const other = await signInAs(temp.visitor, temp.stack.info.admin_api_key, 'other@example.com');
    const { text } = await makeKey(developer);
    const both = other.request('/api/v1/credits/balance', { headers: { 'X-API-Key': text } });
    expect(await refusalOf(both)).toMatchObject({ status: 400, code: 'auth.ambiguous' });
  });

  test('that is made up or mistyped is 401', async () => {
    const { text } = await makeKey(developer);
    const mistyped = text.slice(0, -1) + (text.endsWith('x') ? 'y' : 'x');
    for (const wrong of [mistyped, 'sk_live_nonsense', 'sk_test_0000000000000000000000000000002OMZgq']) {
      const error = await refusalOf(withKey(wrong).call('credits.getBalance'));
      expect(error).toMatchObject({ status: 401, code: 'auth.key_invalid' });
    }
  });

  test('that was deleted stops working, though every cache was warm', async () => {
    const { id, text } = await makeKey(developer);
    await withKey(text).call('credits.getBalance');
    const deleted = await developer.session.call('account.deleteApiKey', {
      params: { key_id: id },
      headers: developer.project,
    });
    expect(deleted).toMatchObject({ id, is_active: false });
    await isRefusedSoon(text);
  });

  test('that was rotated works until its overlap ends, then it stops; its successor goes on', async () => {
    const { id, text } = await makeKey(developer);
    const { full_key: successor } = await developer.session.call('account.rotateApiKey', {
      params: { key_id: id },
      headers: developer.project,
      body: { overlap_seconds: 4 },
    });
    await withKey(text).call('credits.getBalance');
    await isRefusedSoon(text);
    await withKey(successor ?? '').call('credits.getBalance');
  });

  test('that leaked is ended by its value', async () => {
    const { text } = await makeKey(developer);
    await withKey(text).call('credits.getBalance');
    const operator = temp.visitor.as({ adminKey: temp.stack.info.admin_api_key });
    expect(await operator.call('auth.revokeLeakedKey', { body: { key: text } })).toMatchObject({ was_active: true });
    await isRefusedSoon(text);
    const query = { user_id: developer.userId, action: 'key.revoke_leaked' } as const;
    expect(await operator.call('auth.listAudit', { query })).toMatchObject({ total: 1 });
  });

  test('is explained to a service that asks', async () => {
    const { id, text } = await makeKey(developer, { scopes: ['credits:read'] });
    const service = temp.visitor.as({ serviceKey: temp.stack.info.service_api_key });
    expect(await service.call('auth.validateKey', { body: { key: text } })).toMatchObject({
      user_id: developer.userId,
      key_id: id,
      scopes: ['credits:read'],
      tier: 'free',
    });
    const unknown = service.call('auth.validateKey', { body: { key: 'sk_test_x' } });
    expect((await refusalOf(unknown)).status).toBe(404);
  });
});
