import { z } from 'zod';
import { role, type InviteStatus, type Role } from '@turnpike/contracts';
import type { Db } from '../../../database.ts';
import { Prisma } from '../../../generated/prisma/client.ts';

const invite = z.object({
  id: z.string(),
  email: z.string(),
  role,
  status: z.enum(['pending', 'accepted', 'declined', 'revoked', 'expired']),
  invitedBy: z.string(),
  expiresAt: z.date(),
  createdAt: z.date(),
  acceptedAt: z.date().nullable(),
});

/** An invite of an organisation. */
export type Invite = z.output<typeof invite>;

/** Nothing has ended it; the unique index over pending invites has the same words. */
const OPEN = Prisma.sql`i.accepted_at IS NULL AND i.declined_at IS NULL AND i.revoked_at IS NULL`;
/** Expiry is computed, never written, so an expired invite stands in nobody's way. */
export const STATUS = Prisma.sql`CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.declined_at IS NOT NULL THEN 'declined'
  WHEN i.revoked_at IS NOT NULL THEN 'revoked' WHEN i.expires_at <= clock_timestamp() THEN 'expired' ELSE 'pending' END`;
const COLUMNS = Prisma.sql`i.id, i.email, i.role, ${STATUS} AS status, i.invited_by AS "invitedBy", i.expires_at AS "expiresAt",
  i.created_at AS "createdAt", i.accepted_at AS "acceptedAt"`;
const counted = z.object({ total: z.number() });

/** A page of an organisation's invites, newest first, and how many there are. */
export async function listInvites(
  db: Db,
  organisationId: string,
  status: InviteStatus | undefined,
  limit: number,
  offset: number,
): Promise<{ items: Invite[]; total: number }> {
  const matches = Prisma.sql`i.organisation_id = ${organisationId}::uuid
    AND (${status ?? null}::text IS NULL OR ${STATUS} = ${status ?? null})`;
  const [items, { total }] = await Promise.all([
    db.many(invite)`
      SELECT ${COLUMNS} FROM invite i WHERE ${matches}
       ORDER BY i.created_at DESC, i.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(counted)`SELECT count(*)::int AS total FROM invite i WHERE ${matches}`,
  ]);
  return { items, total };
}

/** The organisation's invite of this id, locked; `undefined` where it has none. */
export function lockInvite(db: Db, organisationId: string, id: string): Promise<Invite | undefined> {
  return db.maybeOne(invite)`
    SELECT ${COLUMNS} FROM invite i WHERE i.organisation_id = ${organisationId}::uuid AND i.id = ${id}::uuid FOR UPDATE`;
}

/** What an invite is sent with. */
export interface Sending {
  readonly organisationId: string;
  readonly role: Role;
  readonly invitedBy: string;
  readonly digest: Buffer;
  readonly lifeDays: number;
}

/** Makes an invite, or changes the open one of the address; `id` is of a new one. */
export function saveInvite(db: Db, id: string, email: string, sending: Sending): Promise<Invite> {
  const { organisationId, role: granted, invitedBy, digest, lifeDays } = sending;
  return db.one(invite)`
    INSERT INTO invite AS i (id, organisation_id, email, role, invited_by, token_digest, expires_at)
    VALUES (${id}::uuid, ${organisationId}::uuid, address_key(${email}), ${granted}, ${invitedBy}::uuid, ${digest}::bytea,
            clock_timestamp() + ${lifeDays}::int * interval '1 day')
    ON CONFLICT (organisation_id, email) WHERE accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL
    DO UPDATE SET role = excluded.role, invited_by = excluded.invited_by, token_digest = excluded.token_digest,
                  expires_at = excluded.expires_at, sent_at = clock_timestamp(), sent_count = i.sent_count + 1
    RETURNING ${COLUMNS}`;
}

/** Ends an open invite. */
export async function revokeInvite(db: Db, organisationId: string, id: string): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE invite i SET revoked_at = clock_timestamp() WHERE i.organisation_id = ${organisationId}::uuid AND i.id = ${id}::uuid AND ${OPEN}`;
}

const pending = z.object({ pending: z.number() });

/** How many invites of an organisation can be accepted, that of `exceptEmail` left out. */
export async function pendingInvites(db: Db, organisationId: string, exceptEmail: string): Promise<number> {
  const row = await db.one(pending)`
    SELECT count(*)::int AS pending FROM invite i
     WHERE i.organisation_id = ${organisationId}::uuid AND ${OPEN} AND i.expires_at > clock_timestamp()
       AND i.email <> address_key(${exceptEmail})`;
  return row.pending;
}

const sent = z.object({ byPerson: z.number(), byOrganisation: z.number(), ofInvite: z.number(), lately: z.number() });

/**
 * How many invites were sent: by a person in the last hour, by the organisation in the last day, and this one in the last day and minute. The audit
 * trail has every sending, also of invites that are gone.
 */
export function sentInvites(
  db: Db,
  organisationId: string,
  userId: string,
  inviteId: string | undefined,
): Promise<z.output<typeof sent>> {
  return db.one(sent)`
    SELECT count(*)::int AS "byOrganisation",
           (count(*) FILTER (WHERE e.user_id = ${userId}::uuid AND e.at > clock_timestamp() - interval '1 hour'))::int AS "byPerson",
           (count(*) FILTER (WHERE e.detail ->> 'invite_id' = ${inviteId ?? null}::text))::int AS "ofInvite",
           (count(*) FILTER (WHERE e.detail ->> 'invite_id' = ${inviteId ?? null}::text
                                AND e.at > clock_timestamp() - interval '1 minute'))::int AS lately
      FROM audit_event e
     WHERE e.organisation_id = ${organisationId}::uuid AND e.at > clock_timestamp() - interval '1 day'
       AND e.action IN ('invite.create', 'invite.resend')`;
}
