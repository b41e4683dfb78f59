import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isWellFormedApiKey, type Role } from '@turnpike/contracts';
import { expectActive, expectInactive } from '../account-harness.ts';
import { call, createStores, openSession, startAuth, type Answer, type AuthInstance, type Stores } from '../harness.ts';
import { memberCalls, newMember, newOrganisation, type Session } from '../organisations/members-harness.ts';

/** API keys of an organisation: `/trueportai-services/api/v1/keys`. */
export function organisationKeysTests(): void {
  const KEYS = '/trueportai-services/api/v1/keys';
  const MEMBERS = '/platform/api/service/members';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  async function organisation() {
    const owner = await openSession(auth);
    const id = await newOrganisation(auth, owner);
    const as = memberCalls(stores, auth, id);
    const asOwner = (method: string, path: string, body?: unknown) => as(owner, 'owner', method, path, body);
    return { id, owner, as, asOwner, inTest: memberCalls(stores, auth, id, 'test') };
  }
  async function made(send: (method: string, path: string, body?: unknown) => Promise<Answer>, body: object = {}) {
    const answer = await send('POST', KEYS, { name: 'k', ...body });
    expect([answer.status, answer.body['code']]).toEqual([201, undefined]);
    return { id: String(answer.body['id']), text: String(answer.body['key']), body: answer.body };
  }
  const idsIn = ({ body }: Answer): string[] => (body['items'] as { id: string }[]).map(({ id }) => id);
  const toldOf = (id: string) =>
    auth.context.database.query<{ kind: string }>(
      'SELECT kind FROM revocation WHERE target_id = $1::uuid ORDER BY id',
      id,
    );

  describe('making a key', () => {
    test('201 with the key shown once, spelled sk-, for language models and 60 calls a minute', async () => {
      const { asOwner, owner } = await organisation();
      const { id, text, body } = await made(asOwner, { name: ' bot ' });
      expect(text).toMatch(/^sk-prod-[0-9A-Za-z]{36}$/);
      expect(isWellFormedApiKey(text)).toBe(true);
      expect(body).toEqual({
        id,
        key: text,
        key_prefix: text.slice(0, 14),
        name: 'bot',
        is_active: true,
        scopes: ['llm:invoke'],
        rate_limit_per_minute: 60,
        tokens_per_minute: null,
        allowed_models: null,
        allowed_providers: null,
        allowed_ips: null,
        spend_limit: null,
        spent: null,
        metadata: {},
        project_id: expect.any(String),
        environment: 'prod',
        expires_at: null,
        last_used_at: null,
        created_at: expect.any(String),
        updated_at: expect.any(String),
        created_by: owner.userId,
      });
      const { key: _shown, ...rest } = body;
      expect((await asOwner('GET', `${KEYS}/${id}`)).body).toEqual({ ...rest, updated_at: expect.any(String) });
      expect(JSON.stringify((await asOwner('GET', KEYS)).body)).not.toContain(text);
    });

    test('introspection names the organisation, its environment and tier, and the constraints', async () => {
      const { id, asOwner, owner } = await organisation();
      await auth.context.database.prisma.organisation.update({ where: { id }, data: { tier: 'pro' } });
      const bounds = {
        tokens_per_minute: 5_000,
        allowed_models: ['gpt-4o*'],
        allowed_providers: ['openai', 'azure'],
        allowed_ips: ['203.0.113.0/24', '2001:db8::/32', '198.51.100.7'],
        spend_limit: { credits: 2.5, period: 'day' },
      };
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      const {
        id: keyId,
        text,
        body,
      } = await made(asOwner, {
        ...bounds,
        rate_limit_rpm: 7,
        expires_at: expires,
        metadata: { team: 'ops' },
        scopes: ['llm:invoke', 'timepoints:write'],
      });
      expect(body).toMatchObject({
        ...bounds,
        rate_limit_per_minute: 7,
        expires_at: expires,
        metadata: { team: 'ops' },
      });
      expect(await expectActive(auth, text)).toMatchObject({
        token_type: 'api_key',
        sub: owner.userId,
        key_id: keyId,
        organisation: { id, env: 'prod', status: 'active' },
        tier: 'pro',
        scopes: ['llm:invoke', 'timepoints:write'],
        rate_limit_per_minute: 7,
        constraints: bounds,
        exp: Math.floor(Date.parse(expires) / 1_000),
      });
      const validated = await call(auth, 'POST', '/internal/auth/validate-key', {
        body: { key: text },
        headers: { 'x-service-key': String(stores.env['SERVICE_API_KEY']) },
      });
      expect(validated.body).toMatchObject({ key_id: keyId, organisation_id: id });
    });

    test.each<[string, object]>([
      ['an empty name', { name: ' ' }],
      ['a name of 121 characters', { name: 'x'.repeat(121) }],
      ['no calls at all', { rate_limit_per_minute: 0 }],
      ['too many calls', { rate_limit_per_minute: 100_001 }],
      ['101 models', { allowed_models: Array.from({ length: 101 }, () => 'm') }],
      ['a model that would break a header', { allowed_models: ['a\nb'] }],
      ['an unknown provider', { allowed_providers: ['acme'] }],
      ['no provider', { allowed_providers: [] }],
      ['a range that is none', { allowed_ips: ['203.0.113.0/33'] }],
      ['a zone', { allowed_ips: ['fe80::1%eth0'] }],
      ['a name for an address', { allowed_ips: ['example.com'] }],
      ['nothing to spend', { spend_limit: { credits: 0, period: 'day' } }],
      ['a fraction of a micro-credit', { spend_limit: { credits: 0.000_000_1, period: 'day' } }],
      ['another period', { spend_limit: { credits: 1, period: 'year' } }],
      ['a moment that has passed', { expires_at: '2020-01-01T00:00:00Z' }],
      ['17 notes', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`n${n}`, ''])) }],
    ])('422 for %s, and no key', async (_what, body) => {
      const { asOwner } = await organisation();
      expect((await asOwner('POST', KEYS, { name: 'k', ...body })).status).toBe(422);
      expect((await asOwner('GET', KEYS)).body).toMatchObject({ total: 0 });
    });

    test('what the contract does not name sets nothing', async () => {
      const { id, asOwner, owner } = await organisation();
      const other = await organisation();
      const { text } = await made(asOwner, {
        user_id: other.owner.userId,
        organisation_id: other.id,
        tenant_id: other.id,
        environment: 'test',
        project_id: id,
        tier: 'enterprise',
      });
      expect(await expectActive(auth, text)).toMatchObject({
        sub: owner.userId,
        organisation: { id, env: 'prod' },
        tier: 'free',
      });
    });

    test('who was an admin when the edge asked, and is none now, makes and changes no key', async () => {
      const { id, as, asOwner } = await organisation();
      const admin = await newMember(auth, id, 'admin');
      const { id: keyId } = await made(asOwner);
      await as(admin, 'admin', 'DELETE', `${MEMBERS}/${admin.userId}`);
      expect((await as(admin, 'admin', 'POST', KEYS, { name: 'k' })).body['code']).toBe('tenant.membership_ended');
      const change = await as(admin, 'admin', 'PATCH', `${KEYS}/${keyId}`, { name: 'taken' });
      expect(change.body['code']).toBe('tenant.membership_ended');
      expect((await asOwner('GET', KEYS)).body).toMatchObject({ total: 1, items: [{ name: 'k' }] });
    });
  });

  describe('roles', () => {
    const ACTS: [string, string, Role[], object | undefined][] = [
      ['GET', '', ['member', 'admin', 'owner'], undefined],
      ['GET', '/id', ['member', 'admin', 'owner'], undefined],
      ['POST', '', ['admin', 'owner'], { name: 'x' }],
      ['PATCH', '/id', ['admin', 'owner'], { name: 'x' }],
      ['DELETE', '/id', ['admin', 'owner'], undefined],
    ];
    test.each(ACTS)('%s keys%s is open to %j', async (method, path, open, body) => {
      const { id, as, asOwner } = await organisation();
      for (const role of ['viewer', 'member', 'admin', 'owner'] as const) {
        const member = await newMember(auth, id, role);
        const { id: keyId } = await made(asOwner);
        const answer = await as(member, role, method, `${KEYS}${path.replace('id', keyId)}`, body);
        expect([role, answer.status < 300]).toEqual([role, open.includes(role)]);
        if (!open.includes(role)) expect(answer.body['code']).toBe('tenant.role_insufficient');
      }
    });
  });

  describe('another organisation, another environment', () => {
    test('see nothing of a key: 404 for each act, and nothing changes', async () => {
      const { asOwner, inTest, owner } = await organisation();
      const other = await organisation();
      const { id, text } = await made(asOwner);
      const strangers: ((method: string, path: string, body?: unknown) => Promise<Answer>)[] = [
        other.asOwner,
        (method, path, body) => inTest(owner, 'owner', method, path, body),
      ];
      for (const send of strangers) {
        expect(idsIn(await send('GET', KEYS))).toEqual([]);
        for (const [method, body] of [['GET'], ['PATCH', { is_active: false }], ['DELETE']] as const)
          expect((await send(method, `${KEYS}/${id}`, body)).status).toBe(404);
      }
      await expectActive(auth, text);
      const inTestKey = await made((method, path, body) => inTest(owner, 'owner', method, path, body));
      expect(inTestKey.text).toMatch(/^sk-test-/);
      expect(await expectActive(auth, inTestKey.text)).toMatchObject({ organisation: { env: 'test' } });
      expect(idsIn(await asOwner('GET', KEYS))).toEqual([id]);
    });
  });

  describe('changing a key', () => {
    test('sets what is sent, keeps what is left out, and takes away what is null', async () => {
      const { asOwner } = await organisation();
      const { id, text } = await made(asOwner, {
        allowed_models: ['gpt-4o'],
        tokens_per_minute: 10,
        metadata: { a: 'b' },
        expires_at: new Date(Date.now() + 60_000).toISOString(),
      });
      const changed = await asOwner('PATCH', `${KEYS}/${id}`, {
        name: 'new name',
        allowed_models: null,
        spend_limit: { credits: 1, period: 'total' },
        expires_at: null,
      });
      expect(changed.status).toBe(200);
      expect(changed.body).toMatchObject({
        name: 'new name',
        allowed_models: null,
        tokens_per_minute: 10,
        spend_limit: { credits: 1, period: 'total' },
        metadata: { a: 'b' },
        expires_at: null,
      });
      expect(await expectActive(auth, text)).toMatchObject({
        constraints: { tokens_per_minute: 10, spend_limit: { credits: 1, period: 'total' } },
      });
      // Edges ask again, and end nothing.
      expect(await toldOf(id)).toEqual([{ kind: 'account' }]);
      expect((await asOwner('PATCH', `${KEYS}/${id}`, {})).status).toBe(422);
    });

    test('pauses it and lets the same key work again', async () => {
      const { asOwner } = await organisation();
      const { id, text } = await made(asOwner);
      const paused = await asOwner('PATCH', `${KEYS}/${id}`, { is_active: false });
      expect(paused.body).toMatchObject({ is_active: false });
      await expectInactive(auth, text, 'key_suspended');
      expect(await toldOf(id)).toEqual([{ kind: 'key' }]);
      expect((await asOwner('PATCH', `${KEYS}/${id}`, { is_active: true })).body).toMatchObject({ is_active: true });
      await expectActive(auth, text);
    });
  });

  describe('ending a key', () => {
    test('204, then 404; it is revoked and gone from the list', async () => {
      const { asOwner } = await organisation();
      const { id, text } = await made(asOwner);
      expect((await asOwner('DELETE', `${KEYS}/${id}`)).status).toBe(204);
      for (const [method, body] of [['DELETE'], ['GET'], ['PATCH', { name: 'x' }]] as const)
        expect((await asOwner(method, `${KEYS}/${id}`, body)).status).toBe(404);
      expect(idsIn(await asOwner('GET', KEYS))).toEqual([]);
      await expectInactive(auth, text, 'key_revoked');
    });

    test.each(['suspended', 'archived'])(
      'a key of an organisation that is %s is refused, and is as it was',
      async (status) => {
        const { id, asOwner } = await organisation();
        const { text } = await made(asOwner);
        const [now] = [new Date()];
        const data = status === 'suspended' ? { status, suspendedAt: now } : { status, archivedAt: now };
        await auth.context.database.prisma.organisation.update({ where: { id }, data });
        await expectInactive(auth, text, 'tenant_suspended');
        const restored = { status: 'active', suspendedAt: null, archivedAt: null };
        await auth.context.database.prisma.organisation.update({ where: { id }, data: restored });
        await expectActive(auth, text);
      },
    );
  });

  describe('a key outlives nobody (E13)', () => {
    const removal = async (keys: string) => {
      const { id, as, asOwner, owner } = await organisation();
      const admin: Session = await newMember(auth, id, 'admin');
      const { id: keyId, text } = await made((method, path, body) => as(admin, 'admin', method, path, body));
      const removed = await asOwner('DELETE', `${MEMBERS}/${admin.userId}?keys=${keys}`);
      expect(removed.status).toBe(200);
      return { owner, keyId, text, asOwner };
    };

    test('removing who answers for it revokes it', async () => {
      const { text } = await removal('revoke');
      await expectInactive(auth, text, 'key_revoked');
    });

    test('or hands it to whoever removes them, and edges ask again whose it is', async () => {
      const { owner, keyId, text, asOwner } = await removal('keep');
      expect(await expectActive(auth, text)).toMatchObject({ sub: owner.userId });
      expect((await asOwner('GET', `${KEYS}/${keyId}`)).body).toMatchObject({ created_by: owner.userId });
      expect(await toldOf(keyId)).toEqual([{ kind: 'account' }]);
    });
  });
}
