import { z } from 'zod';
import { role, type Role } from '@turnpike/contracts';
import type { Db } from '../../database.ts';

/** A person's membership, with its organisation. Archived organisations are nobody's. */
export interface OwnOrganisation {
  readonly organisationId: string;
  readonly membershipId: string;
  readonly slug: string;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  readonly tier: string;
  readonly role: Role;
  readonly joinedAt: Date;
}

const created = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), created_at: z.date() }),
  z.object({
    outcome: z.enum(['inactive', 'too_many_owned', 'too_many_memberships', 'slug_taken']),
    created_at: z.null(),
  }),
]);
export type Creation = z.output<typeof created>;

/** Makes an organisation with its owner and default projects: the function `organisation_create`. */
export function createOrganisation(
  db: Db,
  organisation: {
    readonly id: string;
    readonly membershipId: string;
    readonly userId: string;
    readonly name: string;
    readonly slug: string;
    readonly billingEmail: string | null;
  },
  limits: { readonly ownedMax: number; readonly membershipsMax: number },
): Promise<Creation> {
  const { id, membershipId, userId, name, slug, billingEmail } = organisation;
  return db.one(created)`
    SELECT * FROM organisation_create(${id}::uuid, ${membershipId}::uuid, ${userId}::uuid, ${name}, ${slug}, ${billingEmail},
      ${limits.ownedMax}::int, ${limits.membershipsMax}::int)`;
}

/** Which of these slugs are taken or not free yet. */
export async function takenSlugs({ prisma }: Db, slugs: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  const rows = await prisma.organisationSlug.findMany({
    where: { slug: { in: [...slugs] }, OR: [{ freeAt: null }, { freeAt: { gt: now } }] },
    select: { slug: true },
  });
  return new Set(rows.map(({ slug }) => slug));
}

const own = z.object({
  organisationId: z.string(),
  membershipId: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['active', 'suspended']),
  tier: z.string(),
  role,
  joinedAt: z.date(),
});

/** A page of a person's active memberships, last joined first, and how many there are. */
export async function listOwnOrganisations(
  db: Db,
  userId: string,
  limit: number,
  offset: number,
): Promise<{ items: OwnOrganisation[]; total: number }> {
  const [items, { total }] = await Promise.all([
    db.many(own)`
      SELECT o.id AS "organisationId", m.id AS "membershipId", s.slug, o.name, o.status, o.tier, m.role, m.joined_at AS "joinedAt"
        FROM membership m
        JOIN organisation o ON o.id = m.organisation_id
        JOIN organisation_slug s ON s.organisation_id = o.id AND s.free_at IS NULL
       WHERE m.user_id = ${userId}::uuid AND m.status = 'active' AND o.status <> 'archived'
       ORDER BY m.joined_at DESC, m.id DESC LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.one(z.object({ total: z.number() }))`
      SELECT count(*)::int AS total FROM membership m JOIN organisation o ON o.id = m.organisation_id
       WHERE m.user_id = ${userId}::uuid AND m.status = 'active' AND o.status <> 'archived'`,
  ]);
  return { items, total };
}

/** An organisation that a person belongs to, by id or by a slug that it has or had lately; `undefined` where it does not exist or is not theirs. */
export function findOwnOrganisation(
  db: Db,
  userId: string,
  wanted: { readonly id?: string | undefined; readonly slug?: string | undefined },
): Promise<OwnOrganisation | undefined> {
  return db.maybeOne(own)`
    SELECT o.id AS "organisationId", m.id AS "membershipId", s.slug, o.name, o.status, o.tier, m.role, m.joined_at AS "joinedAt"
      FROM membership m
      JOIN organisation o ON o.id = m.organisation_id
      JOIN organisation_slug s ON s.organisation_id = o.id AND s.free_at IS NULL
     WHERE m.user_id = ${userId}::uuid AND m.status = 'active' AND o.status <> 'archived'
       AND (${wanted.id ?? null}::uuid IS NULL OR o.id = ${wanted.id ?? null}::uuid)
       AND (${wanted.slug ?? null}::text IS NULL OR EXISTS (
             SELECT FROM organisation_slug h WHERE h.slug = ${wanted.slug ?? null} AND h.organisation_id = o.id
                AND (h.free_at IS NULL OR h.free_at > clock_timestamp())))`;
}
