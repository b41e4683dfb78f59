import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStores, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { memberCalls, newMember, newOrganisation, type Session } from './members-harness.ts';

/** E1: two owners who go at once left organisations without one. Whichever way each of them goes, one stays. */
export function ownersLeaveAtOnceTests(): void {
  const MEMBERS = '/platform/api/service/members';
  const ROUNDS = 50;

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

  type Way = (session: Session) => readonly [method: string, path: string, body?: object];
  const leaves: Way = ({ userId }) => ['DELETE', `${MEMBERS}/${userId}`];
  const lowers: Way = ({ userId }) => ['PATCH', `${MEMBERS}/${userId}`, { role: 'viewer' }];
  const disables: Way = ({ userId }) => ['PATCH', `${MEMBERS}/${userId}`, { status: 'disabled' }];

  test(`${ROUNDS} times two at once, in every pair of ways: one 200, one 409, one active owner left`, async () => {
    const ways = [leaves, lowers, disables];
    for (let round = 0; round < ROUNDS; round += 1) {
      const owner = await openSession(auth);
      const id = await newOrganisation(auth, owner);
      const other = await newMember(auth, id, 'owner');
      const as = memberCalls(stores, auth, id);
      const [first, second] = [ways[round % 3] ?? leaves, ways[Math.floor(round / 3) % 3] ?? leaves];
      const answers = await Promise.all([as(owner, 'owner', ...first(owner)), as(other, 'owner', ...second(other))]);
      expect(new Set(answers.map(({ status, body }) => `${status} ${String(body['code'])}`))).toEqual(
        new Set(['200 undefined', '409 tenant.last_owner']),
      );
      const left = await auth.context.database.prisma.membership.count({
        where: { organisationId: id, role: 'owner', status: 'active' },
      });
      expect(left).toBe(1);
    }
  });
}
