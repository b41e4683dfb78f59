import { z } from 'zod';
import { role, type Role } from '@turnpike/contracts';
import type { Db } from '../../../database.ts';
import type { RecordedRevocation } from '../../../revocations/domain/revocation.ts';
import { revocationRow } from '../../../revocations/stores/revocations.ts';
import { organisationLimits } from '../../limits.ts';

/** Locks an active account, so that what counts its memberships happens one after another; says whether there is one. */
export async function lockAccount(db: Db, userId: string): Promise<boolean> {
  const row = await db.maybeOne(z.object({ id: z.string() }))`
    SELECT a.user_id AS id FROM account a WHERE a.user_id = ${userId}::uuid AND a.status = 'active' FOR NO KEY UPDATE`;
  return row !== undefined;
}

const member = z.object({ id: z.string(), role, status: z.enum(['active', 'disabled']) });

/** A person's membership, locked, or `undefined`. */
export function lockMember(
  db: Db,
  organisationId: string,
  userId: string,
): Promise<z.output<typeof member> | undefined> {
  return db.maybeOne(member)`
    SELECT m.id, m.role, m.status FROM membership m
     WHERE m.organisation_id = ${organisationId}::uuid AND m.user_id = ${userId}::uuid FOR UPDATE`;
}

const room = z.object({
  members: z.number(),
  memberships: z.number(),
  owned: z.number(),
  limits: organisationLimits,
});

/** How many members an organisation has, and how many organisations a person belongs to and owns; archived ones left out; and its limits. */
export function countMemberships(db: Db, organisationId: string, userId: string): Promise<z.output<typeof room>> {
  return db.one(room)`
    SELECT (SELECT count(*)::int FROM membership m WHERE m.organisation_id = ${organisationId}::uuid) AS members,
           (SELECT o.limits FROM organisation o WHERE o.id = ${organisationId}::uuid) AS limits,
           count(*)::int AS memberships, (count(*) FILTER (WHERE m.role = 'owner'))::int AS owned
      FROM membership m JOIN organisation o ON o.id = m.organisation_id AND o.status <> 'archived'
     WHERE m.user_id = ${userId}::uuid`;
}

/** Makes a membership. */
export async function addMember(
  { prisma }: Db,
  organisationId: string,
  membership: { readonly id: string; readonly userId: string; readonly role: Role; readonly invitedBy: string },
): Promise<void> {
  await prisma.membership.create({ data: { organisationId, ...membership } });
}

/** Gives a member another role; edges must ask again for what they remember of the old one. */
export async function raiseMember(db: Db, membershipId: string, granted: Role): Promise<RecordedRevocation> {
  await db.prisma.$executeRaw`
    UPDATE membership SET role = ${granted}, updated_at = clock_timestamp() WHERE id = ${membershipId}::uuid`;
  return db.one(revocationRow)`
    INSERT INTO revocation (kind, target_id) VALUES ('membership', ${membershipId}::uuid) RETURNING id, kind, target_id::text, at`;
}
