import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signGatewayRequestV2, type Role } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from '../support/keys.ts';
import { openOrganisation, tokenOf, type OwnedOrganisation } from '../support/organisation.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import type { Answer } from '../support/send.ts';
import type { EdgeStack } from '../support/stack.ts';

const MANAGED = '/trueportai-services/api/v1/keys';
const GENERATE = '/api/v1/timepoints/generate/sync';
const LIST = '/api/v1/timepoints';
const SCOPES = ['timepoints:read', 'timepoints:write', 'organisation:read'];

/** API keys of an organisation, as the edge lets them in. */
export function organisationKeys(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let acme: OwnedOrganisation;
  beforeAll(() => {
    stack = shared();
  });
  beforeEach(async () => {
    stack.upstream.reset();
    acme = await openOrganisation(stack);
  });

  async function newKey(settings: object = {}): Promise<{ id: string; key: string }> {
    const made = await acme.send('POST', MANAGED, { name: 'server', scopes: SCOPES, ...settings });
    if (made.status !== 201) throw new Error(`keys answered ${made.status}: ${made.text}`);
    return { id: String(made.body['id']), key: String(made.body['key']) };
  }
  const callWith = (key: string, target = LIST, json?: object): Promise<Answer> =>
    stack.send(target, {
      headers: { 'X-API-Key': key },
      ...(json === undefined ? {} : { method: 'POST', json }),
    });
  const outcome = ({ status, text }: Answer) => [
    status,
    status < 400 ? undefined : (JSON.parse(text) as { code: string }).code,
  ];
  const untilRefused = (key: string, status: number, code: string) =>
    waitFor(async () => {
      const answer = await callWith(key);
      return answer.status === status && answer.body['code'] === code;
    });

  async function fund(credits: number): Promise<void> {
    const opened = await stack.send('/internal/credits/accounts', {
      method: 'POST',
      headers: { 'X-Service-Key': KEYS.SERVICE_API_KEY },
      json: { owner: { type: 'organisation', id: acme.id }, signup_credits: credits },
    });
    if (opened.status >= 300) throw new Error(`accounts answered ${opened.status}: ${opened.text}`);
  }

  /** Suspends or restores the organisation and tells the edges, as auth does. */
  async function setStatus(status: 'active' | 'suspended'): Promise<void> {
    const { auth } = stack.databases;
    await auth.query(
      `UPDATE organisation SET status = $2, suspended_at = CASE WHEN $2 = 'suspended' THEN now() END WHERE id = $1::uuid`,
      [acme.id, status],
    );
    if (status === 'suspended')
      await auth.query(`INSERT INTO revocation (kind, target_id) VALUES ('tenant', $1::uuid)`, [acme.id]);
  }

  async function addMember(role: Role) {
    const person = await stack.signIn();
    await stack.databases.auth.query(
      `INSERT INTO membership (id, organisation_id, user_id, role) VALUES ($1::uuid, $2::uuid, $3::uuid, $4)`,
      [randomUUID(), acme.id, person.userId, role],
    );
    return { ...person, scoped: await tokenOf(stack, person, acme.id) };
  }

  test.each([
    [MANAGED, '"platform";q=300;w=60'],
    ['/trueportai-services/api/v1/analytics/logs', '"usage";q=60;w=60'],
  ])('whose role is too low for %s is told so within the limits of its routes', async (path, policy) => {
    const viewer = await addMember('viewer');
    const refused = await stack.send(path, { headers: { Authorization: `Bearer ${viewer.scoped}` } });
    expect(outcome(refused)).toEqual([403, 'tenant.role_insufficient']);
    expect(refused.headers['ratelimit-policy']).toBe(policy);
  });

  describe('a call with such a key', () => {
    test('spends the organisation’s credits and nobody’s own', async () => {
      await fund(20);
      const { key } = await newKey();
      const answer = await callWith(key, GENERATE, { query: 'x', preset: 'hd' });
      expect([answer.status, answer.headers['x-credits-charged'], answer.headers['x-credits-remaining']]).toEqual([
        200,
        '10',
        '10',
      ]);
      expect(await stack.balance(acme.owner)).toBe(50);
      await callWith(key, GENERATE, { query: 'x', preset: 'hd' });
      expect(outcome(await callWith(key, GENERATE, { query: 'x', preset: 'hd' }))).toEqual([
        402,
        'auth.insufficient_credits',
      ]);
    });

    test('tells the backend the organisation under the second signature, and neither role nor constraints', async () => {
      const { key } = await newKey({ tokens_per_minute: 5 });
      await callWith(key);
      const headers = stack.upstream.received[0]?.headers ?? {};
      expect(headers).toMatchObject({
        'x-user-id': acme.owner.userId,
        'x-tenant-id': acme.id,
        'x-gateway-tenant-env': 'prod',
      });
      expect(headers).not.toHaveProperty('x-gateway-tenant-role');
      expect(headers).not.toHaveProperty('x-gateway-key-constraints');
      const signed = {
        method: 'GET',
        path: LIST,
        userId: acme.owner.userId,
        tenantId: acme.id,
        timestamp: Number(headers['x-gateway-timestamp']),
      };
      expect(headers['x-gateway-signature-v2']).toBe(signGatewayRequestV2(KEYS.GATEWAY_SIGNING_SECRET, signed));
    });

    test('reads what the organisation is where its scope says so, and neither a role nor an address', async () => {
      await acme.send('PATCH', '/platform/api/service/info', { billing_email: 'pay@acme.example' });
      const { key } = await newKey();
      const info = await callWith(key, '/platform/api/service/info');
      expect(info.body).toMatchObject({ id: acme.id, name: 'Acme', env: 'prod', role: null, billing_email: null });
      expect(info.text).not.toContain('pay@');
      const { key: narrow } = await newKey({ scopes: ['timepoints:read'] });
      expect(outcome(await callWith(narrow, '/platform/api/service/info'))).toEqual([403, 'auth.scope_missing']);
      expect(outcome(await callWith(key, '/platform/api/service/members'))).toEqual([403, 'auth.scope_missing']);
      const personal = await stack.createKey(acme.owner, { scopes: SCOPES });
      expect(outcome(await callWith(personal.key, '/platform/api/service/info'))).toEqual([403, 'tenant.not_selected']);
    });

    test('is refused where keys or organisations are none of the route’s business', async () => {
      const { key } = await newKey({ scopes: [...SCOPES, 'account:read', 'credits:read', 'users:export'] });
      expect(outcome(await callWith(key, MANAGED))).toEqual([403, 'auth.scope_missing']);
      expect(outcome(await callWith(key, '/platform/api/global/tenants'))).toEqual([403, 'auth.scope_missing']);
      expect(outcome(await callWith(key, '/api/v1/users/me/export'))).toEqual([403, 'auth.forbidden']);
    });

    test('counts against the key’s own limit, which a change of it resets nowhere and raises at once', async () => {
      const { id, key } = await newKey({ rate_limit_per_minute: 2 });
      expect([await callWith(key), await callWith(key), await callWith(key)].map(({ status }) => status)).toEqual([
        200, 200, 429,
      ]);
      expect((await acme.send('PATCH', `${MANAGED}/${id}`, { rate_limit_per_minute: 100 })).status).toBe(200);
      await waitFor(async () => (await callWith(key)).status === 200);
    });
  });

  describe('a key with a list of addresses', () => {
    test('is let in from those alone; a change acts though the edge remembers the key', async () => {
      const { id, key } = await newKey({ allowed_ips: ['203.0.113.0/24'] });
      expect(outcome(await callWith(key))).toEqual([403, 'auth.forbidden']);
      await acme.send('PATCH', `${MANAGED}/${id}`, { allowed_ips: ['127.0.0.0/8'] });
      await waitFor(async () => (await callWith(key)).status === 200);
      await acme.send('PATCH', `${MANAGED}/${id}`, { allowed_ips: ['::1'] });
      await untilRefused(key, 403, 'auth.forbidden');
      expect(stack.upstream.received).toHaveLength(1);
    });
  });

  describe('an open stream and the key that opened it', () => {
    async function openEvents(key: string) {
      stack.upstream.onRequest = (request, response) => {
        if (!request.url?.endsWith('/events')) return false;
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: 1\n\n');
        return true;
      };
      const raw = await openRawSocket(stack.edge.url);
      raw.write(`GET ${LIST}/events HTTP/1.1\r\nHost: h\r\nX-API-Key: ${key}\r\n\r\n`);
      await raw.until(/data: 1/);
      return raw;
    }

    test.each<[string, (id: string) => Promise<unknown>, number, string]>([
      ['paused', (id) => acme.send('PATCH', `${MANAGED}/${id}`, { is_active: false }), 401, 'auth.key_suspended'],
      ['deleted', (id) => acme.send('DELETE', `${MANAGED}/${id}`), 401, 'auth.key_revoked'],
      ['of an organisation that is suspended (E12)', () => setStatus('suspended'), 403, 'tenant.suspended'],
    ])('end when it is %s, and the next call is refused', async (_what, end, status, code) => {
      const { id, key } = await newKey();
      const events = await openEvents(key);
      await end(id);
      await events.closed;
      await untilRefused(key, status, code);
      // The person and their own use are as they were.
      expect((await stack.send('/api/v1/auth/me', { token: acme.owner.token })).status).toBe(200);
    });

    test('a changed limit ends nothing', async () => {
      const { id, key } = await newKey();
      const events = await openEvents(key);
      await acme.send('PATCH', `${MANAGED}/${id}`, { rate_limit_per_minute: 1_000, name: 'renamed' });
      await waitFor(async () => (await callWith(key)).headers['ratelimit-policy']?.includes('q=1000'));
      expect(events.socket.closed).toBe(false);
      events.destroy();
    });
  });

  describe('what comes back', () => {
    test('a paused key, and the keys of a restored organisation, work again as they are', async () => {
      const { id, key } = await newKey();
      await acme.send('PATCH', `${MANAGED}/${id}`, { is_active: false });
      await untilRefused(key, 401, 'auth.key_suspended');
      await acme.send('PATCH', `${MANAGED}/${id}`, { is_active: true });
      await waitFor(async () => (await callWith(key)).status === 200);
      await setStatus('suspended');
      await untilRefused(key, 403, 'tenant.suspended');
      await setStatus('active');
      await waitFor(async () => (await callWith(key)).status === 200);
    });
  });

  describe('keys outlive nobody (E13)', () => {
    test.each<[string, number]>([
      ['revoke', 401],
      ['keep', 200],
    ])('a removed member’s key with keys=%s is %i', async (keys, status) => {
      const admin = await addMember('admin');
      const made = await stack.send(MANAGED, {
        method: 'POST',
        token: admin.scoped,
        json: { name: 'k', scopes: SCOPES },
      });
      const key = String(made.body['key']);
      expect((await callWith(key)).status).toBe(200);
      const removed = await acme.send('DELETE', `/platform/api/service/members/${admin.userId}?keys=${keys}`);
      expect(removed.status).toBe(200);
      await waitFor(
        async () => (await stack.send('/platform/api/service/info', { token: admin.scoped })).status === 403,
      );
      if (status === 401) await untilRefused(key, 401, 'auth.key_revoked');
      else
        await waitFor(async () => {
          await callWith(key);
          return stack.upstream.received.at(-1)?.headers['x-user-id'] === acme.owner.userId;
        });
    });
  });
}
