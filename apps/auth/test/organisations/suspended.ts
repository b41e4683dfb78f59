import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  call,
  callAs,
  createStores,
  introspect,
  openSession,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { memberCalls, newMember, newOrganisation } from './members-harness.ts';
import { byKey, byPerson, newOperator } from './operator-calls.ts';

/** An operator suspends, restores and archives organisations; what that is to their tokens. */
export function suspendedTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores, { CREDITS_URL: 'http://127.0.0.1:1' });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  const pathOf = (id: string) => `/platform/api/admin/tenants/${id}/status`;
  const outcome = ({ status, body }: Answer) => [status, body['code']];

  async function organisation() {
    const owner = await openSession(auth);
    const id = await newOrganisation(auth, owner);
    const select = () => callAs(auth, owner, 'POST', '/platform/api/global/auth/select-tenant', { tenant_id: id });
    const token = String((await select()).body['access_token']);
    const why = async () => (await introspect(auth, token)).headers.get('x-inactive-reason');
    const set = (status: string, reason?: string) => byKey(auth, 'PUT', pathOf(id), { status, reason });
    return { id, owner, select, why, set };
  }
  const eventsOf = (organisationId: string) =>
    auth.context.database.prisma.auditEvent.findMany({
      where: {
        organisationId,
        action: { in: ['organisation.suspend', 'organisation.restore', 'organisation.archive'] },
      },
      orderBy: { id: 'asc' },
    });
  async function toldCredits(organisationId: string): Promise<[string, number][]> {
    const rows = await auth.context.database.query<{ type: string; revision: number }>(
      `SELECT type, (payload->>'revision')::int AS revision FROM outbox
      WHERE payload->>'organisation_id' = $1 AND payload ? 'revision' ORDER BY created_at, id`,
      organisationId,
    );
    return rows.map(({ type, revision }) => [type, revision]);
  }

  describe('a suspended organisation', () => {
    test('is refused on every door, and restored works again with the tokens that there are', async () => {
      const { id, owner, select, why, set } = await organisation();
      const suspended = await set('suspended', 'unpaid fraud');
      expect([suspended.status, suspended.body]).toEqual([
        200,
        expect.objectContaining({
          id,
          status: 'suspended',
          suspended_reason: 'unpaid fraud',
          suspended_at: expect.stringMatching(/Z$/),
        }),
      ]);
      expect(await why()).toBe('tenant_suspended');
      expect(outcome(await select())).toEqual([403, 'tenant.suspended']);
      const refresh = (token: string, tenantId?: string) =>
        call(auth, 'POST', '/platform/api/global/auth/refresh', {
          body: { refresh_token: token, tenant_id: tenantId },
        });
      const refreshToken = owner.response.refresh_token;
      expect(outcome(await refresh(refreshToken, id))).toEqual([403, 'tenant.suspended']);
      const own = await callAs(auth, owner, 'GET', '/platform/api/global/tenants');
      expect(own.body['items']).toEqual([expect.objectContaining({ id, status: 'suspended' })]);
      expect((await introspect(auth, owner.response.access_token)).body['active']).toBe(true);
      const { prisma } = auth.context.database;
      expect(await prisma.revocation.count({ where: { kind: 'tenant', targetId: id } })).toBe(1);

      expect((await set('active')).body).toMatchObject({
        status: 'active',
        suspended_at: null,
        suspended_reason: null,
      });
      expect(await why()).toBeNull();
      expect((await select()).status).toBe(200);
      // The refusals have rotated nothing.
      expect((await refresh(refreshToken, id)).status).toBe(200);
      expect(await toldCredits(id)).toEqual([
        ['organisation.suspended', 1],
        ['organisation.restored', 2],
      ]);
    });

    test('changes nothing when it is suspended again', async () => {
      const { id, set } = await organisation();
      await set('suspended', 'first');
      const again = await set('suspended', 'second');
      expect([again.status, again.body['suspended_reason']]).toEqual([200, 'first']);
      await set('active');
      await set('active');
      expect((await eventsOf(id)).map(({ action }) => action)).toEqual([
        'organisation.suspend',
        'organisation.restore',
      ]);
      expect(await toldCredits(id)).toHaveLength(2);
    });

    test('refuses acts of its members that were under way', async () => {
      const { id, owner, set } = await organisation();
      const member = await newMember(auth, id, 'member');
      await set('suspended', 'abuse');
      const answer = await memberCalls(stores, auth, id)(
        owner,
        'owner',
        'PATCH',
        `/platform/api/service/members/${member.userId}`,
        { role: 'admin' },
      );
      expect(outcome(answer)).toEqual([403, 'tenant.suspended']);
    });
  });

  describe('the reason', () => {
    test('is needed to suspend, and by a person for every change', async () => {
      const { id, set } = await organisation();
      const operator = await newOperator(auth);
      const act = (status: string, reason?: string) => byPerson(auth, operator, 'PUT', pathOf(id), { status, reason });
      for (const refused of [await set('suspended'), await set('suspended', ' '), await act('archived')])
        expect([refused.status, refused.body['errors']]).toEqual([
          422,
          [expect.objectContaining({ path: 'body.reason' })],
        ]);
      expect((await set('suspended', 'x'.repeat(501))).status).toBe(422);
      expect((await act('active')).status).toBe(200);
      expect((await act('suspended', 'abuse')).status).toBe(200);
      expect((await act('active')).status).toBe(422);
      expect((await act('active', 'cleared up')).status).toBe(200);
    });

    test('is in the trail with who acted: a person by name, a programme by its key', async () => {
      const { id, set } = await organisation();
      const operator = await newOperator(auth);
      const email = `${randomUUID()}@example.com`;
      const { prisma } = auth.context.database;
      await prisma.identity.create({
        data: {
          id: randomUUID(),
          userId: operator.userId,
          provider: 'email',
          subject: email,
          email,
          emailVerified: true,
        },
      });
      await byPerson(auth, operator, 'PUT', pathOf(id), { status: 'suspended', reason: 'abuse' });
      await set('active');
      expect(
        (await eventsOf(id)).map(({ action, actor, userId, sessionId, detail }) => [
          action,
          actor,
          userId,
          sessionId,
          detail,
        ]),
      ).toEqual([
        [
          'organisation.suspend',
          'operator',
          operator.userId,
          operator.sessionId,
          { was: 'active', operator: email, reason: 'abuse' },
        ],
        ['organisation.restore', 'operator', null, null, { was: 'suspended', operator: 'admin key' }],
      ]);
    });
  });

  describe('an archived organisation', () => {
    test('is nobody’s, and comes back with slug and members for 30 days', async () => {
      const { id, select, why, set } = await organisation();
      const slug = (await byKey(auth, 'GET', `/platform/api/admin/tenants/${id}`)).body['slug'];
      const archived = await set('archived', 'closed');
      expect(archived.body).toMatchObject({ status: 'archived', slug, archived_at: expect.stringMatching(/Z$/) });
      expect(await why()).toBe('tenant_suspended');
      expect((await select()).status).toBe(404);
      expect(outcome(await set('suspended', 'abuse'))).toEqual([409, 'resource.conflict']);
      expect((await set('active')).body).toMatchObject({ status: 'active', slug, archived_at: null });
      expect(await why()).toBeNull();
      expect((await select()).body['tenant']).toMatchObject({ slug });
      await set('archived', 'closed');
      const { prisma } = auth.context.database;
      const days = (count: number) => new Date(Date.now() - count * 86_400_000);
      await prisma.organisation.update({ where: { id }, data: { archivedAt: days(31) } });
      expect(outcome(await set('active'))).toEqual([409, 'resource.conflict']);
      await prisma.organisation.update({ where: { id }, data: { archivedAt: days(29) } });
      expect((await set('active')).status).toBe(200);
    });

    test('does not come back without an owner', async () => {
      const { id, owner, set } = await organisation();
      expect((await callAs(auth, owner, 'DELETE', '/api/v1/auth/me')).status).toBe(200);
      expect((await byKey(auth, 'GET', `/platform/api/admin/tenants/${id}`)).body).toMatchObject({
        status: 'archived',
        owner: null,
      });
      expect(outcome(await set('active'))).toEqual([409, 'tenant.last_owner']);
    });
  });

  test('of fifty operators who suspend at once, one does', async () => {
    const { id, set } = await organisation();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, number) => set('suspended', `reason ${number}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['suspended_reason'])).size).toBe(1);
    expect(await eventsOf(id)).toHaveLength(1);
  });
}
