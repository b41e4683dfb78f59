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

/** Ending an organisation: what goes with it, and what stays to be restored. */
export function archiveTests(): void {
  const TENANTS = '/platform/api/global/tenants';
  const SELECT = '/platform/api/global/auth/select-tenant';

  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores, { ORGANISATIONS_OWNED_MAX: '1' });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  type Session = Awaited<ReturnType<typeof openSession>>;
  const outcome = ({ status, body }: Answer) => [status, body['code']];

  async function organisation() {
    const owner = await openSession(auth);
    const slug = `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const id = await newOrganisation(auth, owner, slug);
    const archive = (session: Session = owner, typed = slug) =>
      callAs(auth, session, 'DELETE', `${TENANTS}/${id}`, { slug: typed });
    return { id, slug, owner, archive };
  }

  async function statusOf(id: string): Promise<string> {
    return (await auth.context.database.prisma.organisation.findUniqueOrThrow({ where: { id } })).status;
  }

  describe('success', () => {
    test('it is restorable for thirty days; the trail, the edges and the ledger are told once', async () => {
      const { id, slug, owner, archive } = await organisation();
      const answers = await Promise.all([archive(), archive(owner, slug.toUpperCase())]);
      expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 404]);
      const { body } = answers.find(({ status }) => status === 200) as Answer;
      expect(body).toMatchObject({ id, status: 'archived' });
      const inDays = (Date.parse(String(body['restorable_until'])) - Date.now()) / 86_400_000;
      expect(inDays).toBeGreaterThan(29.9);
      expect(inDays).toBeLessThanOrEqual(30.1);
      const { prisma, query } = auth.context.database;
      const events = await prisma.auditEvent.findMany({
        where: { organisationId: id, action: 'organisation.archive' },
      });
      expect(events.map(({ userId, actor }) => [userId, actor])).toEqual([[owner.userId, 'user']]);
      expect(await prisma.revocation.findMany({ where: { targetId: id } })).toMatchObject([{ kind: 'tenant' }]);
      expect(await query("SELECT type FROM outbox WHERE payload->>'organisation_id' = $1 ORDER BY id", id)).toEqual([
        { type: 'organisation.created' },
        { type: 'organisation.archived' },
      ]);
    });

    test('everybody is shut out, listed nowhere, and counted no more', async () => {
      const { id, slug, owner, archive } = await organisation();
      const member = await newMember(auth, id, 'member');
      const { body } = await callAs(auth, member, 'POST', SELECT, { tenant_id: id });
      await archive();
      for (const [session, wanted] of [
        [owner, { tenant_id: id }],
        [member, { tenant_slug: slug }],
      ] as const)
        expect(outcome(await callAs(auth, session, 'POST', SELECT, wanted))).toEqual([404, 'resource.not_found']);
      expect((await introspect(auth, String(body['access_token']))).body).toEqual({ active: false });
      expect((await introspect(auth, member.response.access_token)).body).toMatchObject({ active: true });
      expect((await callAs(auth, member, 'GET', TENANTS)).body).toMatchObject({ total: 0 });
      // One may be owned, and this one is owned no more.
      expect((await callAs(auth, owner, 'POST', TENANTS, { name: 'Next' })).status).toBe(201);
    });

    test('its pending invites are invalid', async () => {
      const { id, owner, archive } = await organisation();
      const as = memberCalls(stores, auth, id);
      const sent = await as(owner, 'owner', 'POST', '/platform/api/service/invites', {
        email: `${randomUUID()}@x.example`,
      });
      const token = String(sent.body['accept_url']).split('token=')[1];
      await archive();
      const preview = await call(auth, 'GET', `/platform/api/global/invites/preview?token=${token}`);
      expect(outcome(preview)).toEqual([410, 'invite.invalid']);
      const accepted = await callAs(auth, await openSession(auth), 'POST', '/platform/api/global/invites/accept', {
        token,
      });
      expect(outcome(accepted)).toEqual([410, 'invite.invalid']);
    });

    test('members and projects stay, so that it can be restored; its slug is taken for ninety days (E17)', async () => {
      const { id, slug, archive } = await organisation();
      await newMember(auth, id, 'viewer');
      await archive();
      const { prisma } = auth.context.database;
      expect(await prisma.membership.count({ where: { organisationId: id } })).toBe(2);
      expect(await prisma.project.count({ where: { organisationId: id } })).toBe(2);
      const free = () => call(auth, 'GET', `${TENANTS}/check-availability?slug=${slug}`);
      expect((await free()).body).toMatchObject({ available: false, reason: 'taken' });
      const { freeAt } = await prisma.organisationSlug.findUniqueOrThrow({ where: { slug } });
      expect(Math.round((Number(freeAt) - Date.now()) / 86_400_000)).toBe(90);
      await prisma.organisationSlug.update({ where: { slug }, data: { freeAt: new Date(Date.now() - 1_000) } });
      expect((await free()).body).toMatchObject({ available: true });
    });
  });

  describe('refusals change nothing', () => {
    test('422 for another slug', async () => {
      const { id, archive, owner } = await organisation();
      const refused = await archive(owner, 'another');
      expect(outcome(refused)).toEqual([422, 'request.invalid']);
      expect(refused.body['errors']).toEqual([{ path: 'body.slug', message: 'Must be the slug of the organisation' }]);
      expect(await statusOf(id)).toBe('active');
    });

    test('403 for an admin, and for a session of more than ten minutes', async () => {
      const { id, archive, owner } = await organisation();
      const refused = await archive(await newMember(auth, id, 'admin'));
      expect(refused.body).toMatchObject({ code: 'tenant.role_insufficient', required_role: 'owner' });
      await auth.context.database.prisma.session.update({
        where: { id: owner.sessionId },
        data: { createdAt: new Date(Date.now() - 11 * 60_000) },
      });
      expect(outcome(await archive())).toEqual([403, 'auth.reauthentication_required']);
      expect(await statusOf(id)).toBe('active');
    });

    test('403 while it is suspended', async () => {
      const { id, archive } = await organisation();
      const data = { status: 'suspended', suspendedAt: new Date() };
      await auth.context.database.prisma.organisation.update({ where: { id }, data });
      expect(outcome(await archive())).toEqual([403, 'tenant.suspended']);
      expect(await statusOf(id)).toBe('suspended');
    });

    test('404 for a stranger, the same as for one that does not exist', async () => {
      const { id, archive } = await organisation();
      const stranger = await openSession(auth);
      const theirs = await archive(stranger);
      const nobodys = await callAs(auth, stranger, 'DELETE', `${TENANTS}/${randomUUID()}`, { slug: 'none' });
      const without = ({ body }: Answer) => ({ ...body, request_id: undefined });
      expect([theirs.status, without(theirs)]).toEqual([404, without(nobodys)]);
      expect(await statusOf(id)).toBe('active');
    });
  });
}
