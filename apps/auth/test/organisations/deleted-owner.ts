import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import {
  asService,
  call,
  callAs,
  createStores,
  introspect,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

/** What happens to an organisation whose owner's account is deleted. */
export function deletedOwnerTests(): void {
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

  type Session = Awaited<ReturnType<typeof openSession>>;

  async function organisationOf(owner: Session): Promise<{ id: string; slug: string }> {
    const slug = `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const made = await callAs(auth, owner, 'POST', '/platform/api/global/tenants', { name: 'Acme', slug });
    return { id: String(made.body['id']), slug };
  }

  async function join(organisationId: string, role: string): Promise<Session> {
    const session = await openSession(auth);
    await auth.context.database.prisma.membership.create({
      data: { id: uuidv7(), organisationId, userId: session.userId, role },
    });
    return session;
  }

  const rolesIn = async (organisationId: string): Promise<Record<string, string>> => {
    const rows = await auth.context.database.prisma.membership.findMany({ where: { organisationId } });
    return Object.fromEntries(rows.map(({ userId, role }) => [userId, role]));
  };
  const deleteOwnAccount = (session: Session) => callAs(auth, session, 'DELETE', '/api/v1/auth/me');

  test('the only owner of one with other members is refused, and nothing of the account has ended (E2)', async () => {
    const owner = await openSession(auth);
    const { id } = await organisationOf(owner);
    const member = await join(id, 'admin');
    const refused = await deleteOwnAccount(owner);
    expect([refused.status, refused.body['code']]).toEqual([409, 'tenant.last_owner']);
    expect((await introspect(auth, owner.response.access_token)).body).toMatchObject({ active: true });
    expect(await rolesIn(id)).toEqual({ [owner.userId]: 'owner', [member.userId]: 'admin' });
  });

  test('one that nobody else belongs to is archived with the account, and its slug is taken for a while (E2)', async () => {
    const owner = await openSession(auth);
    const { id, slug } = await organisationOf(owner);
    expect((await deleteOwnAccount(owner)).status).toBe(200);
    const { prisma } = auth.context.database;
    expect(await prisma.organisation.findUnique({ where: { id } })).toMatchObject({ status: 'archived' });
    expect(await prisma.revocation.findMany({ where: { targetId: id } })).toMatchObject([{ kind: 'tenant' }]);
    const free = await call(auth, 'GET', `/platform/api/global/tenants/check-availability?slug=${slug}`);
    expect(free.body).toMatchObject({ available: false, reason: 'taken' });
  });

  test('one with another owner stays with that one', async () => {
    const owner = await openSession(auth);
    const { id } = await organisationOf(owner);
    const other = await join(id, 'owner');
    expect((await deleteOwnAccount(owner)).status).toBe(200);
    expect(await rolesIn(id)).toEqual({ [other.userId]: 'owner' });
  });

  test('of two owners who delete their accounts at once, one is refused while a member remains', async () => {
    const owner = await openSession(auth);
    const { id } = await organisationOf(owner);
    const [other, member] = [await join(id, 'owner'), await join(id, 'member')];
    const answers = await Promise.all([deleteOwnAccount(owner), deleteOwnAccount(other)]);
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 409]);
    const roles = await rolesIn(id);
    expect(Object.values(roles).toSorted()).toEqual(['member', 'owner']);
    expect(roles[member.userId]).toBe('member');
  });

  test('an erasure, which nothing refuses, makes the highest and longest member the owner', async () => {
    const owner = await openSession(auth);
    const { id } = await organisationOf(owner);
    const [viewer, first, second] = [await join(id, 'viewer'), await join(id, 'admin'), await join(id, 'admin')];
    const erased = await call(auth, 'POST', '/internal/auth/erasures', {
      body: { user_id: owner.userId, receipt_id: randomUUID() },
      headers: asService,
    });
    expect(erased.status).toBe(200);
    expect(await rolesIn(id)).toEqual({
      [viewer.userId]: 'viewer',
      [first.userId]: 'owner',
      [second.userId]: 'admin',
    });
  });
}
