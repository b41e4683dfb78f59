import { z } from 'zod';
import { role, type Role } from '@turnpike/contracts';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

const status = z.enum(['active', 'disabled']);
const member = z.object({
  id: z.string(),
  userId: z.string(),
  email: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  role,
  status,
  joinedAt: z.date(),
  lastActiveAt: z.date().nullable(),
});

/** A member with what is known of the person. */
export type Member = Readonly<z.output<typeof member>>;

const MEMBER = Prisma.sql`m.id, m.user_id AS "userId", i.email, a.first_name AS "firstName", a.last_name AS "lastName", m.role, m.status,
  m.joined_at AS "joinedAt", a.last_login_at AS "lastActiveAt"`;
/** Members with the address that they are shown by. */
const MEMBERS = Prisma.sql`membership m JOIN account a ON a.user_id = m.user_id ${SHOWN_ADDRESS}`;

/** Which members are asked for. */
export interface MemberQuery {
  readonly limit: number;
  readonly offset: number;
  readonly q: string | undefined;
  readonly role: Role | undefined;
  /** Whether `q` may find by address; who sees none must not guess one. */
  readonly byAddress: boolean;
}

/** A page of an organisation's members, last joined first, and how many there are. */
export async function listMembers(
  db: Db,
  organisationId: string,
  { limit, offset, q, role: wanted, byAddress }: MemberQuery,
): Promise<{ items: Member[]; total: number }> {
  const found = Prisma.sql`FROM ${MEMBERS}
     WHERE m.organisation_id = ${organisationId}::uuid AND (${wanted ?? null}::text IS NULL OR m.role = ${wanted ?? null})
       AND (${q ?? null}::text IS NULL OR position(lower(${q ?? null}) IN lower(concat_ws(' ', a.first_name, a.last_name))) > 0
            OR (${byAddress} AND position(lower(${q ?? null}) IN lower(i.email)) > 0))`;
  const [items, { total }] = await Promise.all([
    db.many(
      member,
    )`SELECT ${MEMBER} ${found} ORDER BY m.joined_at DESC, m.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(z.object({ total: z.number() }))`SELECT count(*)::int AS total ${found}`,
  ]);
  return { items, total };
}

/** A member, or `undefined`. */
export function findMember(db: Db, organisationId: string, userId: string): Promise<Member | undefined> {
  return db.maybeOne(member)`
    SELECT ${MEMBER} FROM ${MEMBERS} WHERE m.organisation_id = ${organisationId}::uuid AND m.user_id = ${userId}::uuid`;
}

/** Locks an organisation for a change of its members; says whether it is active. Whatever changes members does this first. */
export async function lockOrganisation(db: Db, id: string): Promise<'active' | 'suspended' | 'archived' | undefined> {
  const row = await db.maybeOne(z.object({ status: z.enum(['active', 'suspended', 'archived']) }))`
    SELECT status FROM organisation WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return row?.status;
}

/** How many active owners with a live account there are besides this one. */
export async function otherActiveOwners(db: Db, organisationId: string, userId: string): Promise<number> {
  const { owners } = await db.one(z.object({ owners: z.number() }))`
    SELECT count(*)::int AS owners FROM membership m JOIN account a ON a.user_id = m.user_id
     WHERE m.organisation_id = ${organisationId}::uuid AND m.user_id <> ${userId}::uuid AND m.role = 'owner' AND m.status = 'active'
       AND a.status = 'active'`;
  return owners;
}

/** Sets role and status of a membership, and records that it changed. */
export async function setMembership(
  db: Db,
  id: string,
  next: { readonly role: Role; readonly status: 'active' | 'disabled' },
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    WITH changed AS (
      UPDATE membership SET role = ${next.role}, status = ${next.status}, updated_at = clock_timestamp() WHERE id = ${id}::uuid RETURNING id)
    INSERT INTO revocation (kind, target_id) SELECT 'membership', id FROM changed RETURNING id, kind, target_id, at`;
}

/** Ends a membership. */
export async function deleteMembership(db: Db, id: string): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    WITH gone AS (DELETE FROM membership WHERE id = ${id}::uuid RETURNING id)
    INSERT INTO revocation (kind, target_id) SELECT 'membership', id FROM gone RETURNING id, kind, target_id, at`;
}

/** Revokes the organisation's keys that a member answers for. */
export async function revokeKeysOf(db: Db, organisationId: string, userId: string): Promise<RecordedRevocation[]> {
  const rows = await db.many(revocationRow.extend({ kind: z.literal('key') }))`
    SELECT e.revocation_id AS id, 'key' AS kind, k.id AS target_id, e.revocation_at AS at
      FROM (SELECT id FROM api_key WHERE organisation_id = ${organisationId}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL
             ORDER BY id) k
      CROSS JOIN LATERAL api_key_end(k.id, NULL, NULL, 'membership_ended') e
     WHERE e.revocation_id IS NOT NULL`;
  return rows;
}

/** Lets another member answer for the organisation's keys of this one. The keys go on; edges must ask again who answers for them. */
export function handOverKeys(
  db: Db,
  organisationId: string,
  userId: string,
  heirId: string,
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    WITH kept AS (
      SELECT k.id FROM api_key k
       WHERE k.organisation_id = ${organisationId}::uuid AND k.user_id = ${userId}::uuid AND k.revoked_at IS NULL ORDER BY k.id FOR NO KEY UPDATE
    ), handed AS (
      UPDATE api_key k SET user_id = ${heirId}::uuid, updated_at = clock_timestamp() FROM kept WHERE k.id = kept.id RETURNING k.id
    )
    INSERT INTO revocation (kind, target_id) SELECT 'account', handed.id FROM handed RETURNING id, kind, target_id, at`;
}

/** Revokes the pending invitations that a member sent; returns how many. */
export async function revokeInvitesBy({ prisma }: Db, organisationId: string, userId: string): Promise<number> {
  const { count } = await prisma.invite.updateMany({
    where: { organisationId, invitedBy: userId, acceptedAt: null, declinedAt: null, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return count;
}
