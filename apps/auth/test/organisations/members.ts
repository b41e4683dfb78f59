import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, roleAtLeast, type Role } from '@turnpike/contracts';
import {
  createStores,
  introspect,
  callAs,
  openSession,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { memberCalls, newMember, newOrganisation } from './members-harness.ts';

/** Members of an organisation: who sees, changes and removes whom, and the owner who stays. */
export function membersTests(): void {
  const MEMBERS = '/platform/api/service/members';
  const OWNER = '/platform/api/service/owner';

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
    return { id, owner, as: memberCalls(stores, auth, id) };
  }
  const outcome = ({ status, body }: Answer) => [status, body['code']];
  const rowOf = (organisationId: string, userId: string) =>
    auth.context.database.prisma.membership.findUnique({
      where: { organisationId_userId: { organisationId, userId } },
    });

  async function newKey(organisationId: string, userId: string): Promise<string> {
    const { prisma } = auth.context.database;
    const { id: projectId } = await prisma.project.findFirstOrThrow({ where: { organisationId, environment: 'prod' } });
    const id = randomUUID();
    const digest = randomBytes(32);
    await prisma.apiKey.create({
      data: {
        id,
        userId,
        projectId,
        name: 'k',
        prefix: 'sk_test_abcd',
        digest,
        scopes: ['*'],
        organisationId,
        environment: 'prod',
      },
    });
    return id;
  }

  describe('the list of members', () => {
    test('is paged and filtered, and shows a viewer masked addresses and no activity', async () => {
      const { id, owner, as } = await organisation();
      const viewer = await newMember(auth, id, 'viewer');
      const { prisma } = auth.context.database;
      await prisma.account.update({
        where: { userId: owner.userId },
        data: { firstName: 'Ada', lastLoginAt: new Date() },
      });
      await prisma.identity.create({
        data: {
          id: randomUUID(),
          userId: owner.userId,
          provider: 'email',
          subject: 'ada@acme.example',
          email: 'ada@acme.example',
          emailVerified: true,
        },
      });
      const whole = await as(owner, 'owner', 'GET', MEMBERS);
      expect(whole.body).toMatchObject({ total: 2, limit: 50, offset: 0 });
      const found = await as(owner, 'owner', 'GET', `${MEMBERS}?q=ADA%40&role=owner`);
      expect(found.body).toMatchObject({
        total: 1,
        items: [
          { user_id: owner.userId, email: 'ada@acme.example', first_name: 'Ada', role: 'owner', status: 'active' },
        ],
      });
      const masked = await as(viewer, 'viewer', 'GET', `${MEMBERS}?q=ada`);
      expect(masked.body).toMatchObject({ total: 1, items: [{ email: 'a…@acme.example', last_active_at: null }] });
      expect((await as(viewer, 'viewer', 'GET', `${MEMBERS}?q=acme.example`)).body).toMatchObject({ total: 0 });
    });
  });

  describe('a change of role', () => {
    const PAIRS = ROLES.flatMap((own) =>
      ROLES.flatMap((other) => ROLES.map((wanted) => [own, other, wanted] as const)),
    );

    test('is allowed to admins and owners, of nobody above them and to nothing above them', async () => {
      const { id, owner, as } = await organisation();
      const actors = new Map<Role, Awaited<ReturnType<typeof newMember>>>();
      for (const role of ROLES) actors.set(role, await newMember(auth, id, role));
      const target = await newMember(auth, id, 'member');
      const key = { organisationId_userId: { organisationId: id, userId: target.userId } };
      for (const [own, other, wanted] of PAIRS) {
        await auth.context.database.prisma.membership.update({ where: key, data: { role: other } });
        // What the edge said of the role may be late: the one of now decides.
        const answer = await as(actors.get(own) ?? owner, 'owner', 'PATCH', `${MEMBERS}/${target.userId}`, {
          role: wanted,
        });
        const allowed = roleAtLeast(own, 'admin') && roleAtLeast(own, other) && roleAtLeast(own, wanted);
        expect([own, other, wanted, answer.status]).toEqual([own, other, wanted, allowed ? 200 : 403]);
        expect((await rowOf(id, target.userId))?.role).toBe(allowed ? wanted : other);
      }
    });

    test('of the own role goes down and not up', async () => {
      const { id, as } = await organisation();
      const admin = await newMember(auth, id, 'admin');
      const own = `${MEMBERS}/${admin.userId}`;
      expect((await as(admin, 'admin', 'PATCH', own, { role: 'owner' })).status).toBe(403);
      expect((await as(admin, 'admin', 'PATCH', own, { role: 'viewer' })).status).toBe(200);
      expect(outcome(await as(admin, 'admin', 'PATCH', own, { role: 'admin' }))).toEqual([
        403,
        'tenant.role_insufficient',
      ]);
    });

    test('is told to the edges and kept in the trail of the organisation', async () => {
      const { id, owner, as } = await organisation();
      const member = await newMember(auth, id, 'member');
      const before = await rowOf(id, member.userId);
      await as(owner, 'owner', 'PATCH', `${MEMBERS}/${member.userId}`, { role: 'admin' });
      const { prisma } = auth.context.database;
      expect(await prisma.revocation.count({ where: { kind: 'membership', targetId: String(before?.id) } })).toBe(1);
      const events = await prisma.auditEvent.findMany({ where: { organisationId: id, action: 'member.update' } });
      expect(events.map(({ userId, detail }) => [userId, detail])).toEqual([
        [owner.userId, { member_id: member.userId, role: 'admin', status: 'active' }],
      ]);
    });

    test('another organisation’s member is nobody', async () => {
      const { owner, as } = await organisation();
      const other = await organisation();
      for (const method of ['PATCH', 'DELETE'])
        expect((await as(owner, 'owner', method, `${MEMBERS}/${other.owner.userId}`, { role: 'viewer' })).status).toBe(
          404,
        );
      expect((await as(owner, 'owner', 'POST', OWNER, { user_id: other.owner.userId })).status).toBe(404);
      expect((await rowOf(other.id, other.owner.userId))?.role).toBe('owner');
    });
  });

  describe('the last active owner', () => {
    test('is not demoted, disabled or removed, and keeps the role (E3)', async () => {
      const { id, owner, as } = await organisation();
      const second = await newMember(auth, id, 'owner');
      const own = `${MEMBERS}/${owner.userId}`;
      expect((await as(owner, 'owner', 'PATCH', `${MEMBERS}/${second.userId}`, { status: 'disabled' })).status).toBe(
        200,
      );
      for (const [method, body] of [
        ['PATCH', { role: 'admin' }],
        ['PATCH', { status: 'disabled' }],
        ['DELETE', undefined],
      ] as const)
        expect(outcome(await as(owner, 'owner', method, own, body))).toEqual([409, 'tenant.last_owner']);
      expect(await rowOf(id, owner.userId)).toMatchObject({ role: 'owner', status: 'active' });
      expect((await as(owner, 'owner', 'POST', OWNER, { user_id: second.userId })).status).toBe(404);
    });

    test('stays when fifty owners leave at once', async () => {
      const { id, owner, as } = await organisation();
      const owners = [owner];
      while (owners.length < 50) owners.push(await newMember(auth, id, 'owner'));
      const answers = await Promise.all(owners.map((each) => as(each, 'owner', 'DELETE', `${MEMBERS}/${each.userId}`)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
      expect(answers.filter(({ status }) => status !== 200).map(outcome)).toEqual([[409, 'tenant.last_owner']]);
      expect(await auth.context.database.prisma.membership.count({ where: { organisationId: id } })).toBe(1);
    });
  });

  describe('a removal', () => {
    test.each(['revoke', 'keep'] as const)(
      'with keys=%s ends the access and the invites, and does it once (E13)',
      async (keys) => {
        const { id, owner, as } = await organisation();
        const admin = await newMember(auth, id, 'admin');
        const { prisma } = auth.context.database;
        const selected = await callAs(auth, admin, 'POST', '/platform/api/global/auth/select-tenant', {
          tenant_id: id,
        });
        const keyId = await newKey(id, admin.userId);
        await prisma.invite.create({
          data: {
            id: randomUUID(),
            organisationId: id,
            email: 'new@acme.example',
            role: 'member',
            invitedBy: admin.userId,
            tokenDigest: randomBytes(32),
            expiresAt: new Date(Date.now() + 60_000),
          },
        });
        const path = `${MEMBERS}/${admin.userId}?keys=${keys}`;
        const removed = await as(owner, 'owner', 'DELETE', path);
        expect([removed.status, removed.body]).toEqual([
          200,
          {
            user_id: admin.userId,
            removed: true,
            keys_revoked: keys === 'revoke' ? 1 : 0,
            keys_kept: keys === 'keep' ? 1 : 0,
            invites_revoked: 1,
          },
        ]);
        const key = await prisma.apiKey.findUniqueOrThrow({ where: { id: keyId } });
        expect([key.userId, key.revokedAt === null]).toEqual(
          keys === 'keep' ? [owner.userId, true] : [admin.userId, false],
        );
        expect(await prisma.revocation.count({ where: { kind: 'key', targetId: keyId } })).toBe(
          keys === 'revoke' ? 1 : 0,
        );
        const token = await introspect(auth, String(selected.body['access_token']));
        expect(token.headers.get('x-inactive-reason')).toBe('membership_ended');
        expect((await introspect(auth, admin.response.access_token)).body).toMatchObject({ active: true });
        expect((await as(owner, 'owner', 'DELETE', path)).status).toBe(404);
      },
    );

    test('is open to everybody of themselves (E4), and to members of nobody else', async () => {
      const { id, owner, as } = await organisation();
      const viewer = await newMember(auth, id, 'viewer');
      expect(outcome(await as(viewer, 'viewer', 'DELETE', `${MEMBERS}/${owner.userId}`))).toEqual([
        403,
        'tenant.role_insufficient',
      ]);
      expect((await as(viewer, 'viewer', 'DELETE', `${MEMBERS}/${viewer.userId}`)).status).toBe(200);
      expect(outcome(await as(viewer, 'viewer', 'GET', MEMBERS))).toEqual([403, 'tenant.membership_ended']);
    });
  });

  describe('handing over ownership', () => {
    test('changes both, for a fresh session of an owner alone', async () => {
      const { id, owner, as } = await organisation();
      const member = await newMember(auth, id, 'viewer');
      const body = { user_id: member.userId };
      const { prisma } = auth.context.database;
      const age = (minutes: number) =>
        prisma.session.update({
          where: { id: owner.sessionId },
          data: { createdAt: new Date(Date.now() - minutes * 60_000) },
        });
      await age(11);
      expect(outcome(await as(owner, 'owner', 'POST', OWNER, body))).toEqual([403, 'auth.reauthentication_required']);
      await age(1);
      const made = await as(owner, 'owner', 'POST', OWNER, body);
      expect([made.status, made.body['user_id'], made.body['role']]).toEqual([200, member.userId, 'owner']);
      expect((await rowOf(id, owner.userId))?.role).toBe('admin');
      expect(outcome(await as(owner, 'owner', 'POST', OWNER, body))).toEqual([403, 'tenant.role_insufficient']);
    });
  });
}
