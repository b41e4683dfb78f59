import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, startApp, type RunningApp, type TestDatabase } from '@turnpike/test-kit';
import {
  asService,
  call,
  callAs,
  createStores,
  openSession,
  startAuth,
  withAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { memberCalls, newMember, newOrganisation } from './members-harness.ts';

/** What an organisation is called and billed to, and its figures from the real ledger beside auth. */
export function infoChangesTests(): void {
  const INFO = '/platform/api/service/info';
  const SELECT = '/platform/api/global/auth/select-tenant';
  const NOWHERE = 'http://127.0.0.1:9';

  let stores: Stores;
  let auth: AuthInstance;
  let credits: RunningApp;
  let creditsDatabase: TestDatabase;
  beforeAll(async () => {
    [stores, creditsDatabase] = await Promise.all([createStores(), createTestDatabase('credits')]);
    const env = { ...stores.env, ...creditsDatabase.env, LOG_LEVEL: 'info', CREDITS_PORT: '0' };
    credits = await startApp('credits', { ...env, AUTH_URL: NOWHERE, USERS_URL: NOWHERE });
    auth = await startAuth(stores, { CREDITS_URL: credits.url });
  });
  afterAll(async () => {
    await auth.close();
    await credits.stop();
    await creditsDatabase.drop();
    await stores.database.drop();
  });

  const newSlug = (): string => `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const outcome = ({ status, body }: Answer) => [status, body['code']];

  async function organisation(slug = newSlug()) {
    const owner = await openSession(auth);
    const id = await newOrganisation(auth, owner, slug);
    const as = memberCalls(stores, auth, id);
    return { id, slug, owner, as, patch: (body: object) => as(owner, 'owner', 'PATCH', INFO, body) };
  }

  /** What the audit trail has of an organisation, oldest first. */
  async function trailOf(id: string): Promise<unknown[]> {
    const events = await auth.context.database.prisma.auditEvent.findMany({
      where: { organisationId: id },
      orderBy: { id: 'asc' },
    });
    return events.map(({ action, userId, detail }) => [action, userId, detail]);
  }

  describe('figures', () => {
    test('credits, limits and subscription are shown', async () => {
      const { id, owner, as } = await organisation();
      const internal = (path: string, body: object) =>
        call({ url: credits.url }, 'POST', `/internal/credits/${path}`, { body, headers: asService });
      await internal('accounts', { owner: { type: 'organisation', id }, signup_credits: 50 });
      await internal('reservations', {
        owner: { type: 'organisation', id },
        amount: 20,
        idempotency_key: randomUUID(),
      });
      expect((await as(owner, 'owner', 'GET', INFO)).body).toMatchObject({
        credits: { balance: 30, held: 20 },
        subscription_id: null,
        limits: { members: 100, pending_invites: 50, requests_per_minute: 10 },
      });
    });

    test('without the ledger they are unknown, never zero', async () => {
      const { id, owner } = await organisation();
      await withAuth(stores, { CREDITS_URL: NOWHERE }, async (alone) => {
        const shown = await memberCalls(stores, alone, id)(owner, 'owner', 'GET', INFO);
        expect([shown.status, shown.body['credits'], shown.body['name']]).toEqual([200, null, 'Acme']);
      });
    });
  });

  describe('name and billing address', () => {
    test('are changed by an admin, each alone, and the trail says which without saying to what', async () => {
      const { id, owner, as } = await organisation();
      const admin = await newMember(auth, id, 'admin');
      const named = await as(admin, 'admin', 'PATCH', INFO, { name: '  Acme   Ltd ' });
      expect([named.status, named.body['name'], named.body['billing_email']]).toEqual([200, 'Acme   Ltd', null]);
      const billed = await as(admin, 'admin', 'PATCH', INFO, { billing_email: 'pay@acme.example' });
      expect(billed.body).toMatchObject({ name: 'Acme   Ltd', billing_email: 'pay@acme.example', role: 'admin' });
      const removed = await as(owner, 'owner', 'PATCH', INFO, { billing_email: null, name: 'Acme   Ltd' });
      expect(removed.body['billing_email']).toBeNull();
      // The same again changes nothing, and is no event.
      await as(owner, 'owner', 'PATCH', INFO, { billing_email: null });
      expect((await trailOf(id)).slice(1)).toEqual([
        ['organisation.update', admin.userId, { name: true }],
        ['organisation.update', admin.userId, { billing_email: true }],
        ['organisation.update', owner.userId, { billing_email: true }],
      ]);
    });

    test('fields that are not of the contract set nothing', async () => {
      const { id, patch } = await organisation();
      const before = await auth.context.database.prisma.organisation.findUniqueOrThrow({ where: { id } });
      const more = { status: 'suspended', tier: 'enterprise', plan: 'pro', created_by: randomUUID(), role: 'viewer' };
      expect((await patch({ name: 'Other', ...more })).body).toMatchObject({
        status: 'active',
        tier: 'free',
        plan: null,
      });
      const after = await auth.context.database.prisma.organisation.findUniqueOrThrow({ where: { id } });
      expect(after).toEqual({ ...before, name: 'Other', updatedAt: after.updatedAt });
    });

    test.each([
      {},
      { name: '' },
      { name: 'a\u202Eb' },
      { billing_email: 'nobody' },
      { slug: 'admin' },
      { slug: 'a--b' },
    ])('%j is 422', async (body) => {
      const { id, patch } = await organisation();
      expect(outcome(await patch(body))).toEqual([422, 'request.invalid']);
      expect(await trailOf(id)).toHaveLength(1);
    });

    test('the role of now counts, whatever the edge said', async () => {
      const { id, as } = await organisation();
      const member = await newMember(auth, id, 'member');
      expect(outcome(await as(member, 'admin', 'PATCH', INFO, { name: 'Mine' }))).toEqual([
        403,
        'tenant.role_insufficient',
      ]);
      const stranger = await openSession(auth);
      expect(outcome(await as(stranger, 'owner', 'PATCH', INFO, { name: 'Mine' }))).toEqual([
        403,
        'tenant.membership_ended',
      ]);
    });
  });

  describe('the slug', () => {
    test('is changed by an owner alone; the one before leads here and stays taken', async () => {
      const { id, slug, owner, as, patch } = await organisation();
      const next = newSlug();
      const admin = await newMember(auth, id, 'admin');
      const refused = await as(admin, 'admin', 'PATCH', INFO, { slug: next });
      expect(refused.body).toMatchObject({ code: 'tenant.role_insufficient', required_role: 'owner' });
      expect((await patch({ slug: next.toUpperCase(), name: 'Acme' })).body).toMatchObject({
        slug: next,
        name: 'Acme',
      });
      for (const known of [slug, next])
        expect((await callAs(auth, owner, 'POST', SELECT, { tenant_slug: known })).body).toMatchObject({
          tenant: { id, slug: next },
        });
      const taken = await callAs(auth, await openSession(auth), 'POST', '/platform/api/global/tenants', {
        name: 'A',
        slug,
      });
      expect(outcome(taken)).toEqual([409, 'tenant.slug_taken']);
      expect((await trailOf(id)).slice(1)).toEqual([['organisation.rename', owner.userId, {}]]);
      expect((await patch({ slug })).body).toMatchObject({ slug });
    });

    test('that is another’s is 409, and nothing else of the request is done', async () => {
      const { id, slug } = await organisation();
      const { patch, ...other } = await organisation();
      expect(outcome(await patch({ slug, name: 'Other' }))).toEqual([409, 'tenant.slug_taken']);
      expect((await other.as(other.owner, 'owner', 'GET', INFO)).body).toMatchObject({
        name: 'Acme',
        slug: other.slug,
      });
      expect(await trailOf(other.id)).toHaveLength(1);
      const held = await auth.context.database.prisma.organisationSlug.findUnique({ where: { slug } });
      expect(held).toMatchObject({ organisationId: id, freeAt: null });
    });

    test('of two organisations that want each other’s at once, neither gets it, and both are answered', async () => {
      const [one, other] = [await organisation(), await organisation()];
      const answers = await Promise.all([one.patch({ slug: other.slug }), other.patch({ slug: one.slug })]);
      expect(answers.map(outcome)).toEqual(Array(2).fill([409, 'tenant.slug_taken']));
    });

    test('changes at most three times in thirty days, also at once', async () => {
      const { patch } = await organisation();
      const answers = await Promise.all(Array.from({ length: 6 }, () => patch({ slug: newSlug() })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(3);
      const wait = Number(refused[0]?.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(29 * 86_400);
      expect(wait).toBeLessThanOrEqual(30 * 86_400);
    });
  });
}
