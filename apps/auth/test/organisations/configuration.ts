import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Role } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { toldOf } from '../../src/organisations/told-of.ts';
import {
  asMember,
  asOperator,
  asService,
  call,
  callAs,
  createStores,
  openSession,
  startAuth,
  startUsers,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import { alertsArePosted } from './alerts-are-posted.ts';
import { addMember, openOrganisation, type Member } from './organisation.ts';

/** What auth does by the configuration, which users keeps. */
export function configurationTests(): void {
  const DAY_MS = 86_400_000;
  const KEYS = '/trueportai-services/api/v1/keys';

  let stores: Stores;
  let users: Neighbour;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    users = await startUsers(stores);
    auth = await startAuth(stores, { USERS_URL: users.url });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  /** Sets a value as an owner, and waits until auth acts by it. */
  async function set(owner: Member, key: string, value: unknown): Promise<void> {
    const path = `/platform/api/service/configs/${key}`;
    const organisation = { id: owner.organisationId, role: 'owner' as Role };
    const headers = asMember('PUT', path, owner.session, organisation);
    expect(await call(users, 'PUT', path, { headers, body: { value } })).toMatchObject({ status: 200 });
    await heard(owner.organisationId, key, value);
  }

  async function heard(organisationId: string, key: string, value: unknown): Promise<void> {
    await waitFor(async () => {
      const values: Readonly<Record<string, unknown>> = await auth.context.organisationConfig.of(organisationId);
      return JSON.stringify(values[key]) === JSON.stringify(value);
    });
  }

  const daysLeft = (expiresAt: unknown): number => Math.round((Date.parse(String(expiresAt)) - Date.now()) / DAY_MS);

  test('alerts.email is told what owners are told, once', async () => {
    const owner = await openOrganisation(auth);
    const { organisationId: id } = owner;
    const email = `owner-${id}@example.com`;
    const { prisma } = auth.context.database;
    const { userId } = owner.session;
    await prisma.identity.create({
      data: { id: randomUUID(), userId, provider: 'email', subject: userId, email, emailVerified: true },
    });
    const told = async () => (await toldOf(auth.context, id)).recipients.map((recipient) => recipient.email);
    expect(await told()).toEqual([email]);
    await set(owner, 'alerts.email', 'oncall@example.com');
    expect(await told()).toEqual([email, 'oncall@example.com']);
    await set(owner, 'alerts.email', email.toUpperCase());
    expect(await told()).toEqual([email]);
  });

  describe('alerts.webhook_url', () => alertsArePosted(() => ({ auth, set })));

  describe('security.sign_in_methods', () => {
    test('a session that was opened another way selects the organisation at no door, and refreshes on', async () => {
      const owner = await openOrganisation(auth);
      const { session, organisationId: id } = owner;
      const select = () => callAs(auth, session, 'POST', '/platform/api/global/auth/select-tenant', { tenant_id: id });
      const slug = String(((await select()).body['tenant'] as { slug: string }).slug);
      await set(owner, 'security.sign_in_methods', ['email', 'password']);
      const refusal = {
        status: 403,
        body: { code: 'tenant.sign_in_method_refused', allowed_methods: ['email', 'password'] },
      };
      expect(await select()).toMatchObject(refusal);
      expect(await owner.send('POST', '/platform/api/service/auth/switch-environment', { env: 'test' })).toMatchObject(
        refusal,
      );
      const refreshing = { refresh_token: session.response.refresh_token };
      const refresh = (body: object) => call(auth, 'POST', '/platform/api/global/auth/refresh', { body });
      expect(await refresh({ ...refreshing, tenant_id: id })).toMatchObject(refusal);
      const bySlug = await call(auth, 'POST', '/internal/auth/introspect', {
        body: { token: session.response.access_token, tenant_slug: slug },
        headers: asService,
      });
      expect(bySlug.body).not.toMatchObject({ active: true });
      // Nothing was rotated, and the person is signed in as before.
      expect((await refresh(refreshing)).status).toBe(200);
      await set(owner, 'security.sign_in_methods', ['google']);
      expect((await select()).status).toBe(200);
    });
  });

  test('invites.expire_after_days: an invite lives as long as the organisation says', async () => {
    const owner = await openOrganisation(auth);
    await set(owner, 'invites.expire_after_days', 3);
    const email = `${randomUUID()}@example.com`;
    const { status, body } = await owner.send('POST', '/platform/api/service/invites', { email, role: 'member' });
    expect([status, daysLeft(body['expires_at'])]).toEqual([201, 3]);
  });

  test('members.max: what the operator allows is shown, and no more join', async () => {
    const owner = await openOrganisation(auth);
    const path = '/platform/api/admin/configs/members.max';
    expect(await call(users, 'PUT', path, { headers: asOperator, body: { value: 2 } })).toMatchObject({ status: 200 });
    await heard(owner.organisationId, 'members.max', 2);
    expect((await owner.send('GET', '/platform/api/service/info')).body).toMatchObject({ limits: { members: 2 } });
    await addMember(auth, owner.organisationId, 'viewer');
    const email = `${randomUUID()}@example.com`;
    const invited = await owner.send('POST', '/platform/api/service/invites', { email, role: 'member' });
    const token = new URL(String(invited.body['accept_url']), 'http://app').hash.slice('#token='.length);
    const guest = await openSession(auth);
    await auth.context.database.prisma.identity.create({
      data: {
        id: randomUUID(),
        userId: guest.userId,
        provider: 'email',
        subject: email,
        email,
        emailVerified: true,
      },
    });
    expect(await callAs(auth, guest, 'POST', '/platform/api/global/invites/accept', { token })).toMatchObject({
      status: 409,
      body: { code: 'tenant.limit_reached', resource: 'members', limit: 2 },
    });
  });

  describe('keys', () => {
    test('keys.rate_limit_per_minute is that of a new key that says nothing else', async () => {
      const owner = await openOrganisation(auth);
      await set(owner, 'keys.rate_limit_per_minute', 9);
      expect((await owner.send('POST', KEYS, { name: 'k' })).body).toMatchObject({ rate_limit_per_minute: 9 });
      expect((await owner.send('POST', KEYS, { name: 'k', rate_limit_per_minute: 70 })).body).toMatchObject({
        rate_limit_per_minute: 70,
      });
    });

    test('keys.expire_after_days_max bounds every key, whichever way it is made, changed or rotated', async () => {
      const owner = await openOrganisation(auth);
      const headers = { 'x-project-id': await projectOf(owner) };
      const make = (body: object) => owner.send('POST', '/auth/api-keys', { name: 'k', ...body }, headers);
      const endless = await make({});
      const keyOf = ({ body }: { body: Record<string, unknown> }) => body['data'] as Record<string, unknown>;
      expect(keyOf(endless)).toMatchObject({ expires_at: null });
      await set(owner, 'keys.expire_after_days_max', 10);
      expect(daysLeft(keyOf(await make({}))['expires_at'])).toBe(10);
      expect(daysLeft(keyOf(await make({ expires_in_days: 4 }))['expires_at'])).toBe(4);
      expect((await make({ expires_in_days: 11 })).status).toBe(422);
      const rotated = await owner.send('POST', `/auth/api-keys/${String(keyOf(endless)['id'])}/rotate`, {}, headers);
      expect([rotated.status, daysLeft(keyOf(rotated)['expires_at'])]).toEqual([201, 10]);
      const made = await owner.send('POST', KEYS, { name: 'k' });
      expect(daysLeft(made.body['expires_at'])).toBe(10);
      const late = new Date(Date.now() + 11 * DAY_MS).toISOString();
      expect((await owner.send('POST', KEYS, { name: 'k', expires_at: late })).status).toBe(422);
      for (const expires_at of [late, null])
        expect((await owner.send('PATCH', `${KEYS}/${String(made.body['id'])}`, { expires_at })).status).toBe(422);
      expect((await owner.send('PATCH', `${KEYS}/${String(made.body['id'])}`, { name: 'n' })).status).toBe(200);
    });

    async function projectOf({ organisationId }: Member): Promise<string> {
      const where = { organisationId, environment: 'prod' };
      return (await auth.context.database.prisma.project.findFirstOrThrow({ where })).id;
    }
  });

  test('while users is down, what was known holds, and what nobody knows is 503', async () => {
    const [known, unknown] = [await openOrganisation(auth), await openOrganisation(auth)];
    expect((await known.send('POST', KEYS, { name: 'k' })).status).toBe(201);
    await users.stop();
    expect((await known.send('POST', KEYS, { name: 'k' })).status).toBe(201);
    expect(await unknown.send('POST', KEYS, { name: 'k' })).toMatchObject({
      status: 503,
      body: { code: 'service.unavailable' },
    });
    expect((await unknown.send('GET', '/platform/api/service/info')).body).toMatchObject({ limits: { members: null } });
  });
}
