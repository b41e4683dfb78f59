import { createTenant, numberedSlug, slugFault, slugFromName } from '@turnpike/contracts';
import { AppError, idempotent, route, uuidv7, writeEvent } from '@turnpike/service-kit';
import { findPerson } from '../../account/stores/people.ts';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { MEMBERSHIPS_MAX } from '../limits.ts';
import { createOrganisation, findOwnOrganisation, takenSlugs, type Creation } from '../stores/organisations.ts';

/** Slugs that are tried for an organisation whose maker named none. */
const SLUGS_TRIED = 50;

export const createTenantRoute = (context: Context) =>
  route(createTenant, async (call) => {
    requireSession(call.identity);
    const { config, database } = context;
    const { userId } = call.identity;
    await requireVerifiedAddress(context, userId);
    const { name, slug, billing_email: billingEmail = null } = call.body;
    const wanted = { userId, name, billingEmail };
    const request = {
      scope: `user:${userId}:tenants.create`,
      key: call.idempotencyKey,
      request: { name, slug: slug ?? null, billingEmail },
    };
    // The operation's id is the organisation's, so that one whose answer was lost is found again.
    return idempotent(database.query, request, uuidv7, async (id) => {
      const earlier = await findOwnOrganisation(database, userId, { id });
      if (earlier !== undefined)
        return created({ ...wanted, id, name: earlier.name, slug: earlier.slug, createdAt: earlier.joinedAt });
      const slugs = slug === undefined ? await proposedSlugs(context, name, id) : [slug];
      const limits = { ownedMax: config.ORGANISATIONS_OWNED_MAX, membershipsMax: MEMBERSHIPS_MAX };
      for (const candidate of slugs) {
        const organisation = { ...wanted, id, membershipId: uuidv7(), slug: candidate };
        const made = await database.transaction(async (db) => {
          const creation = await createOrganisation(db, organisation, limits);
          if (creation.outcome === 'created') {
            await recordAuditEvent(db, { ...auditEventOf(call, 'organisation.create', {}), organisationId: id });
            await writeEvent(db.query, 'organisation.created', { organisation_id: id });
          }
          return creation;
        });
        if (made.outcome === 'created') {
          context.relay.kick();
          return created({ ...organisation, createdAt: made.created_at });
        }
        if (made.outcome !== 'slug_taken') throw refusal(made.outcome, limits);
      }
      throw new AppError('tenant.slug_taken');
    });
  });

interface Made {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly billingEmail: string | null;
  readonly createdAt: Date;
}

function created({ id, slug, name, billingEmail, createdAt }: Made) {
  return {
    status: 201 as const,
    body: {
      id,
      tenant_id: id,
      slug,
      name,
      status: 'active' as const,
      role: 'owner' as const,
      billing_email: billingEmail,
      created_at: createdAt.toISOString(),
    },
  };
}

/** An unverified address could be anybody's, and invitations carry names that its owner chose. */
async function requireVerifiedAddress({ config, database }: Context, userId: string): Promise<void> {
  if (config.NODE_ENV !== 'production') return;
  const person = await findPerson(database, userId);
  if (person?.emailVerified !== true)
    throw new AppError('auth.forbidden', { detail: 'Verify your e-mail address first.' });
}

/** Free slugs that a name proposes, and one made of the id where it proposes none; between now and the making each may be lost. */
async function proposedSlugs({ clock, database }: Context, name: string, id: string): Promise<string[]> {
  const fromName = slugFromName(name) ?? `org-${id.replaceAll('-', '').slice(-12)}`;
  const candidates = [
    fromName,
    ...Array.from({ length: SLUGS_TRIED }, (_, index) => numberedSlug(fromName, index + 2)),
  ];
  const usable = candidates.filter((candidate) => slugFault(candidate) === undefined);
  const taken = await takenSlugs(database, usable, new Date(clock.nowMs()));
  return usable.filter((candidate) => !taken.has(candidate));
}

function refusal(
  outcome: Exclude<Creation['outcome'], 'created' | 'slug_taken'>,
  { ownedMax, membershipsMax }: { readonly ownedMax: number; readonly membershipsMax: number },
): AppError {
  switch (outcome) {
    case 'inactive':
      return new AppError('auth.session_revoked');
    case 'too_many_owned':
      return new AppError('tenant.limit_reached', {
        detail: `You own ${ownedMax} organisations, the most that one person may.`,
        extra: { limit: ownedMax, resource: 'organisations_owned' },
      });
    case 'too_many_memberships':
      return new AppError('tenant.limit_reached', {
        detail: `You belong to ${membershipsMax} organisations, the most that one person may.`,
        extra: { limit: membershipsMax, resource: 'memberships' },
      });
  }
}
