import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createStores, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { memberCalls, newMember, newOrganisation, type Session } from './members-harness.ts';

/** E5: six products closed one door to a higher role and left another. Every door is in this table, also those of whoever the edge took for an owner. */
export function adminsMintOwnersTests(): void {
  const MEMBERS = '/platform/api/service/members';
  const INVITES = '/platform/api/service/invites';

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

  interface Scene {
    readonly admin: Session;
    readonly owner: Session;
    readonly member: Session;
    /** An address that the admin invited as a member, and the invite of somebody to be an owner. */
    readonly invited: string;
    readonly ownersInvite: string;
  }

  type Request = readonly [method: string, path: string, body?: object];

  const DOORS: readonly (readonly [name: string, request: (scene: Scene) => Request])[] = [
    ['inviting somebody as an owner', () => ['POST', INVITES, { email: `${randomUUID()}@x.example`, role: 'owner' }]],
    ['inviting again, now as an owner', ({ invited }) => ['POST', INVITES, { email: invited, role: 'owner' }]],
    [
      'inviting again in other letters',
      ({ invited }) => ['POST', INVITES, { email: invited.toUpperCase(), role: 'owner' }],
    ],
    ['sending an owner’s invite again', ({ ownersInvite }) => ['POST', `${INVITES}/${ownersInvite}/resend`]],
    ['raising a member', ({ member }) => ['PATCH', `${MEMBERS}/${member.userId}`, { role: 'owner' }]],
    ['raising oneself', ({ admin }) => ['PATCH', `${MEMBERS}/${admin.userId}`, { role: 'owner' }]],
    ['lowering an owner', ({ owner }) => ['PATCH', `${MEMBERS}/${owner.userId}`, { role: 'member' }]],
    ['disabling an owner', ({ owner }) => ['PATCH', `${MEMBERS}/${owner.userId}`, { status: 'disabled' }]],
    ['removing an owner', ({ owner }) => ['DELETE', `${MEMBERS}/${owner.userId}`]],
    ['handing over ownership', ({ member }) => ['POST', '/platform/api/service/owner', { user_id: member.userId }]],
    ['handing it over to oneself', ({ admin }) => ['POST', '/platform/api/service/owner', { user_id: admin.userId }]],
  ];

  async function scene(): Promise<Scene & { readonly id: string; readonly as: ReturnType<typeof memberCalls> }> {
    const owner = await openSession(auth);
    const id = await newOrganisation(auth, owner);
    // Another one, so that it is the role that refuses and not the rule of the last owner.
    await newMember(auth, id, 'owner');
    const [admin, member] = [await newMember(auth, id, 'admin'), await newMember(auth, id, 'member')];
    const as = memberCalls(stores, auth, id);
    const invited = `${randomUUID()}@x.example`;
    await as(admin, 'admin', 'POST', INVITES, { email: invited });
    const ofOwner = await as(owner, 'owner', 'POST', INVITES, { email: `${randomUUID()}@x.example`, role: 'owner' });
    // A minute ago, so that it is not the pause between two mails that refuses.
    await stores.database.query(
      "UPDATE audit_event SET at = at - interval '2 minutes' WHERE organisation_id = $1::uuid",
      [id],
    );
    return { id, as, owner, admin, member, invited, ownersInvite: String(ofOwner.body['id']) };
  }

  /** Every row that could say who is what. */
  const rowsOf = (id: string): Promise<unknown> =>
    auth.context.database.query(
      `SELECT to_jsonb(m) AS row FROM membership m WHERE organisation_id = $1::uuid
     UNION ALL SELECT to_jsonb(i) FROM invite i WHERE organisation_id = $1::uuid ORDER BY row`,
      id,
    );

  describe.each(['admin', 'owner'] as const)('an admin, whom the edge took for an %s', (said) => {
    test.each(DOORS)('%s: 403, and no row has changed', async (_name, request) => {
      const { id, as, ...all } = await scene();
      const before = await rowsOf(id);
      const [method, path, body] = request(all);
      const refused = await as(all.admin, said, method, path, body);
      expect([refused.status, refused.body['code'], refused.body['required_role']]).toEqual([
        403,
        'tenant.role_insufficient',
        'owner',
      ]);
      expect(await rowsOf(id)).toEqual(before);
    });
  });
}
