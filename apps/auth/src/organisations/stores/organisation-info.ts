import { z } from 'zod';
import { role } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import { organisationLimits } from '../limits.ts';

const info = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  status: z.enum(['active', 'suspended']),
  billingEmail: z.string().nullable(),
  plan: z.string().nullable(),
  tier: z.string(),
  subscriptionId: z.string().nullable(),
  limits: organisationLimits,
  createdAt: z.date(),
  role,
  ownerId: z.string().nullable(),
  members: z.number(),
});

/** An organisation as one of its active members sees it; `undefined` for whoever is none. */
export type OrganisationInfo = Readonly<z.output<typeof info>>;

export function findOrganisationInfo(db: Db, id: string, userId: string): Promise<OrganisationInfo | undefined> {
  return db.maybeOne(info)`
    SELECT o.id, o.name, s.slug, o.status, o.billing_email AS "billingEmail", o.plan, o.tier, o.subscription_id AS "subscriptionId", o.limits, o.created_at AS "createdAt", m.role,
           (SELECT w.user_id FROM membership w WHERE w.organisation_id = o.id AND w.role = 'owner' AND w.status = 'active'
             ORDER BY w.joined_at, w.id LIMIT 1) AS "ownerId",
           (SELECT count(*)::int FROM membership w WHERE w.organisation_id = o.id) AS members
      FROM organisation o
      JOIN membership m ON m.organisation_id = o.id AND m.user_id = ${userId}::uuid AND m.status = 'active'
      JOIN organisation_slug s ON s.organisation_id = o.id AND s.free_at IS NULL
     WHERE o.id = ${id}::uuid AND o.status <> 'archived'`;
}
