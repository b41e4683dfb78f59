import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { balanceOf } from '../support/client.ts';
import { dataOf, makeKey, signInByMail } from '../support/developer.ts';
import type { Developer } from '../support/developer.ts';
import { startTempStack } from '../support/temp-stack.ts';
import type { TempStack } from '../support/temp-stack.ts';

const generate = '/api/v1/timepoints/generate/sync';
const startTimeoutMs = 120_000;

let temp: TempStack;
let developer: Developer;

beforeAll(async () => {
  temp = await startTempStack();
  developer = await signInByMail(temp.client, temp.stack.info.mail_ui_url, 'developer@example.com');
}, startTimeoutMs);
afterAll(async () => await temp.dispose(), startTimeoutMs);

const withKey = (text: string) => temp.client.with({ 'X-API-Key': text });

describe('a developer', () => {
  test('signs up with a mailed code and sees user, projects and billing', async () => {
    const me = await developer.session.get('/auth/users/me');
    expect(me.status).toBe(200);
    expect(me.headers.get('x-ratelimit-limit')).toBeTruthy();
    expect(dataOf(me)).toMatchObject({
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
    const answer = await temp.client.get('/auth/users/me');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toEqual({
      success: false,
      data: null,
      error: { code: 'auth.missing', message: expect.any(String), details: { request_id: expect.any(String) } },
    });
  });

  test('makes a key once per Idempotency-Key, and lists it without its value', async () => {
    const once = developer.inProject.with({ 'Idempotency-Key': 'first-key' });
    const made = await once.post('/auth/api-keys/', { name: 'once' });
    expect(made.status).toBe(201);
    const again = await once.post('/auth/api-keys/', { name: 'once' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(made.body);
    const { items } = dataOf(await developer.inProject.get('/auth/api-keys/?page=1&limit=5')) as {
      items: Record<string, unknown>[];
    };
    expect(items).toMatchObject([{ id: dataOf(made)['id'], name: 'once', full_key: null }]);
    expect((await once.post('/auth/api-keys/', { name: 'other' })).status).toBe(409);
  });

  test('without a project is told so: 422 missing, 404 unknown', async () => {
    expect((await developer.session.post('/auth/api-keys/', { name: 'x' })).status).toBe(422);
    const lost = developer.session.with({ 'X-Project-ID': '01920000-0000-7000-8000-000000000000' });
    expect((await lost.post('/auth/api-keys/', { name: 'x' })).status).toBe(404);
  });
});

describe('a key', () => {
  test('calls a metered backend for its owner, as X-API-Key and as Bearer', async () => {
    const { text } = await makeKey(developer);
    const before = Number(await balanceOf(developer.session));
    expect((await withKey(text).post(generate, { query: 'x' })).status).toBe(200);
    expect((await temp.client.with({ Authorization: `Bearer ${text}` }).post(generate, { query: 'x' })).status).toBe(
      200,
    );
    expect(await balanceOf(withKey(text))).toBe(before - 10);
  });

  test('is held to its scopes: 403, and nothing is charged', async () => {
    const { text } = await makeKey(developer, { scopes: ['credits:read'] });
    const before = await balanceOf(withKey(text));
    const refused = await withKey(text).post(generate, { query: 'x' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'auth.scope_missing' } });
    expect((await withKey(text).get('/auth/users/me')).status).toBe(403);
    expect(await balanceOf(developer.session)).toBe(before);
  });

  test('cannot make keys or reach what only a session may', async () => {
    const { text } = await makeKey(developer);
    const asKey = developer.inProject.with({ Authorization: `Bearer ${text}` });
    for (const answer of [
      await asKey.post('/auth/api-keys/', { name: 'child' }),
      await asKey.get('/auth/projects/'),
      await asKey.get('/api/v1/auth/sessions'),
      await asKey.delete('/api/v1/auth/me'),
    ]) {
      expect(answer.status).toBe(403);
    }
  });

  test('has a limit of its own', async () => {
    const { text } = await makeKey(developer, { rate_limit_per_minute: 2 });
    const statuses: number[] = [];
    // Five calls touch two minutes at most.
    for (let call = 0; call < 5; call += 1) statuses.push((await withKey(text).get('/api/v1/credits/balance')).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
    expect((await developer.session.get('/api/v1/credits/balance')).status).toBe(200);
  });

  test('beside a token of somebody else is ambiguous: 400', async () => {
    const other = await signInByMail(temp.client, temp.stack.info.mail_ui_url, 'other@example.com');
    const { text } = await makeKey(developer);
    const answer = await other.session.with({ 'X-API-Key': text }).get('/api/v1/credits/balance');
    expect(answer).toMatchObject({ status: 400, body: { code: 'auth.ambiguous' } });
  });

  test('that is made up or mistyped is 401', async () => {
    const { text } = await makeKey(developer);
    const mistyped = text.slice(0, -1) + (text.endsWith('x') ? 'y' : 'x');
    for (const wrong of [mistyped, 'sk_live_nonsense', 'sk_test_0000000000000000000000000000002OMZgq']) {
      expect(await withKey(wrong).get('/api/v1/credits/balance')).toMatchObject({
        status: 401,
        body: { code: 'auth.key_invalid' },
      });
    }
  });

  test('that was deleted stops working, though every cache was warm', async () => {
    const { id, text } = await makeKey(developer);
    expect((await withKey(text).get('/api/v1/credits/balance')).status).toBe(200);
    expect(dataOf(await developer.inProject.delete(`/auth/api-keys/${id}`))).toMatchObject({ id, is_active: false });
    await waitFor(async () => {
      expect(await withKey(text).get('/api/v1/credits/balance')).toMatchObject({
        status: 401,
        body: { code: 'auth.key_revoked' },
      });
      return true;
    });
  });

  test('that was rotated works until its overlap ends, then it stops; its successor goes on', async () => {
    const { id, text } = await makeKey(developer);
    const answer = await developer.inProject.post(`/auth/api-keys/${id}/rotate`, { overlap_seconds: 4 });
    const successor = String(dataOf(answer)['full_key']);
    expect((await withKey(text).get('/api/v1/credits/balance')).status).toBe(200);
    await waitFor(async () => {
      expect(await withKey(text).get('/api/v1/credits/balance')).toMatchObject({
        status: 401,
        body: { code: 'auth.key_revoked' },
      });
      return true;
    });
    expect((await withKey(successor).get('/api/v1/credits/balance')).status).toBe(200);
  });

  test('that leaked is ended by its value', async () => {
    const { text } = await makeKey(developer);
    expect((await withKey(text).get('/api/v1/credits/balance')).status).toBe(200);
    const operator = temp.client.with({ 'X-Admin-Key': temp.stack.info.admin_api_key });
    expect(await operator.post('/api/v1/auth/admin/keys/revoke', { key: text })).toMatchObject({
      status: 200,
      body: { was_active: true },
    });
    await waitFor(async () => {
      expect((await withKey(text).get('/api/v1/credits/balance')).status).toBe(401);
      return true;
    });
    expect(
      (await operator.get(`/api/v1/auth/admin/audit?user_id=${developer.userId}&action=key.revoke_leaked`)).body,
    ).toMatchObject({ total: 1 });
  });

  test('is explained to a service that asks', async () => {
    const { id, text } = await makeKey(developer, { scopes: ['credits:read'] });
    const service = temp.client.with({ 'X-Service-Key': temp.stack.info.service_api_key });
    expect(await service.post('/internal/auth/validate-key', { key: text })).toMatchObject({
      status: 200,
      body: { user_id: developer.userId, key_id: id, scopes: ['credits:read'], tier: 'free' },
    });
    expect((await service.post('/internal/auth/validate-key', { key: 'sk_test_x' })).status).toBe(404);
  });
});
