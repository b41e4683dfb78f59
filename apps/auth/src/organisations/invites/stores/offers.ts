import { z } from 'zod';
import { role, ROLES } from '@turnpike/contracts';
import type { Db } from '../../../database.ts';
import { Prisma } from '../../../generated/prisma/client.ts';
import { STATUS } from './invites.ts';

const offer = z.object({
  id: z.string(),
  organisationId: z.string(),
  name: z.string(),
  slug: z.string(),
  organisationStatus: z.enum(['active', 'suspended', 'archived']),
  email: z.string(),
  role,
  status: z.enum(['pending', 'accepted', 'declined', 'revoked', 'expired']),
  acceptedBy: z.string().nullable(),
  invitedBy: z.string(),
  inviterName: z.string().nullable(),
  inviterRole: role.nullable(),
  expiresAt: z.date(),
  createdAt: z.date(),
});

/**
 * An invite as the invited person meets it, with its organisation and who sent it. `inviterRole`: of now, null where that person is no active
 * member any more.
 */
export type Offer = z.output<typeof offer>;

/** By what an invite is found. */
export type OfferName = { readonly digest: Buffer } | { readonly id: string };

const COLUMNS = Prisma.sql`i.id, i.organisation_id AS "organisationId", o.name, s.slug, o.status AS "organisationStatus", i.email, i.role,
  ${STATUS} AS status, i.accepted_by AS "acceptedBy", i.invited_by AS "invitedBy", m.role AS "inviterRole", i.expires_at AS "expiresAt",
  nullif(concat_ws(' ', a.first_name, a.last_name), '') AS "inviterName", i.created_at AS "createdAt"`;
const SOURCE = Prisma.sql`invite i
  JOIN organisation o ON o.id = i.organisation_id
  JOIN organisation_slug s ON s.organisation_id = o.id AND s.free_at IS NULL
  LEFT JOIN account a ON a.user_id = i.invited_by AND a.status = 'active'
  LEFT JOIN membership m ON m.organisation_id = i.organisation_id AND m.user_id = a.user_id AND m.status = 'active'`;

/** An invite, or `undefined`. */
export function findOffer(db: Db, name: OfferName): Promise<Offer | undefined> {
  return db.maybeOne(offer)`SELECT ${COLUMNS} FROM ${SOURCE} WHERE ${named(name)}`;
}

/** The same, locked: of any number of calls at once one ends it. */
export function lockOffer(db: Db, name: OfferName): Promise<Offer | undefined> {
  return db.maybeOne(offer)`SELECT ${COLUMNS} FROM ${SOURCE} WHERE ${named(name)} FOR UPDATE OF i`;
}

function named(name: OfferName): Prisma.Sql {
  return 'digest' in name ? Prisma.sql`i.token_digest = ${name.digest}::bytea` : Prisma.sql`i.id = ${name.id}::uuid`;
}

/** A page of the invites that a person can accept, newest first, and how many there are. */
export async function listOffers(
  db: Db,
  userId: string,
  limit: number,
  offset: number,
): Promise<{ items: Offer[]; total: number }> {
  const order = [...ROLES];
  const matches = Prisma.sql`
    i.email IN (SELECT address_key(h.email) FROM identity h WHERE h.user_id = ${userId}::uuid AND h.email_verified)
    AND ${STATUS} = 'pending' AND o.status = 'active' AND m.role IN ('admin', 'owner')
    AND array_position(${order}::text[], m.role) >= array_position(${order}::text[], i.role)`;
  const [items, { total }] = await Promise.all([
    db.many(offer)`
      SELECT ${COLUMNS} FROM ${SOURCE} WHERE ${matches}
       ORDER BY i.created_at DESC, i.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(z.object({ total: z.number() }))`SELECT count(*)::int AS total FROM ${SOURCE} WHERE ${matches}`,
  ]);
  return { items, total };
}

const standing = z.object({ proven: z.boolean(), unproven: z.boolean() });

/** What a person has to do with an address, given as `address_key` writes it. `unproven`: they signed up with it, and nobody has proven it. */
export function addressStanding(db: Db, userId: string, email: string): Promise<z.output<typeof standing>> {
  return db.one(standing)`
    SELECT coalesce(bool_or(h.email_verified), false) AS proven,
           coalesce(bool_or(h.provider = 'email' AND h.subject = ${email} AND NOT h.email_verified), false) AS unproven
      FROM identity h WHERE h.user_id = ${userId}::uuid AND address_key(h.email) = ${email}`;
}

/** Ends an invite that was locked as pending. */
export async function endOffer({ prisma }: Db, id: string, acceptedBy: string | undefined): Promise<void> {
  await prisma.$executeRaw`
    UPDATE invite SET accepted_by = ${acceptedBy ?? null}::uuid,
           accepted_at = CASE WHEN ${acceptedBy !== undefined}::boolean THEN clock_timestamp() END,
           declined_at = CASE WHEN ${acceptedBy === undefined}::boolean THEN clock_timestamp() END
     WHERE id = ${id}::uuid`;
}
