import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  callAs,
  createStores,
  openSession,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { newMember, newOrganisation } from './members-harness.ts';
import { byKey, byPerson, newOperator } from './operator-calls.ts';

/** Organisations as operators see them. */
export function adminTenantsTests(): void {
  const LIST = '/platform/api/admin/tenants';

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

  type Item = Readonly<Record<string, unknown>>;
  const itemsOf = ({ body }: Answer) => body['items'] as Item[];
  const find = (query: string) => byKey(auth, 'GET', `${LIST}?${query}`);
  const idsOf = (answer: Answer) => itemsOf(answer).map(({ id }) => id);

  async function organisation(name: string, slug?: string): Promise<string> {
    const owner = await openSession(auth);
    const made = await callAs(auth, owner, 'POST', '/platform/api/global/tenants', { name, slug });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  }

  describe('the list', () => {
    test('is newest first, with owner, members and slug', async () => {
      const owner = await openSession(auth);
      const { prisma } = auth.context.database;
      const email = 'owner@acme.example';
      await prisma.identity.create({
        data: { id: randomUUID(), userId: owner.userId, provider: 'email', subject: email, email, emailVerified: true },
      });
      const id = await newOrganisation(auth, owner, 'acme-list');
      await newMember(auth, id, 'viewer');
      const later = await organisation('Later');
      const answer = await find('limit=2');
      expect(itemsOf(answer)).toEqual([
        expect.objectContaining({ id: later, members: 1 }),
        {
          id,
          name: 'Acme',
          slug: 'acme-list',
          status: 'active',
          owner: { user_id: owner.userId, email },
          plan: null,
          tier: 'free',
          members: 2,
          created_at: expect.stringMatching(/Z$/),
          suspended_at: null,
        },
      ]);
      expect(answer.body).toMatchObject({ limit: 2, offset: 0 });
    });

    test('goes on from a cursor, and tells where it ends', async () => {
      const ids: unknown[] = [];
      for (let made = 0; made < 5; made += 1) ids.unshift(await organisation(`Paged ${made}`));
      const seen: unknown[] = [];
      let cursor: string | null = null;
      do {
        const page: Answer = await find(`q=Paged&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
        seen.push(...idsOf(page));
        cursor = page.body['next_cursor'] as string | null;
      } while (cursor !== null);
      expect(seen).toEqual(ids);
      expect((await find('q=paged&limit=2&offset=4')).body).toMatchObject({ total: 5, next_cursor: null });
    });

    test('finds by the beginning of a name or slug in any case, by id, status and plan, and takes no pattern', async () => {
      const named = await organisation('Zebra_100% Ltd', 'stripes-horses');
      for (const q of ['zebra', 'ZEBRA_100%25', 'stripes', 'Stripes-H', named])
        expect([q, idsOf(await find(`q=${q}`))]).toEqual([q, [named]]);
      for (const q of ['%25', '_ebra', 'horses', randomUUID(), 'zebra%5C'])
        expect([q, idsOf(await find(`q=${q}`))]).toEqual([q, []]);
      await auth.context.database.prisma.organisation.update({ where: { id: named }, data: { plan: 'zoo' } });
      expect(idsOf(await find('plan=zoo'))).toEqual([named]);
      expect(idsOf(await find('plan=zoo&status=suspended'))).toEqual([]);
      expect(idsOf(await find('plan=zoo&status=active&q=zeb'))).toEqual([named]);
    });

    test.each(['status=closed', 'limit=0', 'limit=101', 'offset=100001', 'cursor=1', 'q='])(
      'refuses %s',
      async (query) => {
        expect((await find(query)).status).toBe(422);
      },
    );
  });

  describe('one organisation', () => {
    test('is shown with what it has; without credits where the ledger does not answer', async () => {
      const id = await organisation('Detailed');
      const { status, body } = await byKey(auth, 'GET', `${LIST}/${id}`);
      expect([status, body]).toEqual([
        200,
        {
          id,
          name: 'Detailed',
          slug: 'detailed',
          status: 'active',
          owner: expect.objectContaining({ email: null }),
          plan: null,
          tier: 'free',
          members: 1,
          created_at: expect.stringMatching(/Z$/),
          suspended_at: null,
          subscription: null,
          credits: null,
          keys_active: 0,
          requests_24h: null,
          invites_pending: 0,
          suspended_reason: null,
          last_active_at: expect.anything(),
          archived_at: null,
        },
      ]);
    });

    test('that is not there is 404, for reads and acts', async () => {
      const path = `${LIST}/${randomUUID()}`;
      expect((await byKey(auth, 'GET', path)).status).toBe(404);
      expect((await byKey(auth, 'PUT', `${path}/status`, { status: 'archived' })).status).toBe(404);
    });
  });

  describe('who is no operator', () => {
    test('is refused, whatever the edge says of the role', async () => {
      const id = await organisation('Walled');
      const stranger = await openSession(auth);
      const viewer = await newOperator(auth, 'viewer');
      const path = `${LIST}/${id}/status`;
      const act = { status: 'suspended', reason: 'abuse' };
      expect((await callAs(auth, stranger, 'GET', LIST)).status).toBe(403);
      expect((await byPerson(auth, viewer, 'GET', LIST, undefined, 'viewer')).status).toBe(200);
      for (const [session, role] of [
        [viewer, 'viewer'],
        [viewer, 'support'],
        [viewer, 'admin'],
        [stranger, 'admin'],
      ] as const)
        expect((await byPerson(auth, session, 'PUT', path, act, role)).status).toBe(403);
      expect((await byKey(auth, 'GET', `${LIST}/${id}`)).body['status']).toBe('active');
    });

    test('includes an operator whose session is older than 12 hours, or has ended', async () => {
      const id = await organisation('Old session');
      const operator = await newOperator(auth);
      const act = () =>
        byPerson(auth, operator, 'PUT', `${LIST}/${id}/status`, { status: 'suspended', reason: 'abuse' });
      const { prisma } = auth.context.database;
      const age = (hours: number) =>
        prisma.session.update({
          where: { id: operator.sessionId },
          data: { createdAt: new Date(Date.now() - hours * 3_600_000) },
        });
      await age(13);
      const refused = await act();
      expect([refused.status, refused.body['code']]).toEqual([403, 'auth.reauthentication_required']);
      await age(11);
      expect((await act()).status).toBe(200);
    });
  });
}
