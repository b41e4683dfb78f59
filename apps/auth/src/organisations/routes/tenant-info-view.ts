import { PENDING_INVITES_MAX, roleAtLeast, type Environment, type Output, type serviceInfo } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { creditsOf } from '../credits-of.ts';
import { findOrganisationInfo } from '../stores/organisation-info.ts';

/**
 * The answer about an organisation to one of its members; without credits while the ledger does not answer. Throws `tenant.membership_ended` for
 * whoever is none.
 */
export async function tenantInfoOf(
  context: Context,
  organisation: { readonly id: string; readonly env: Environment },
  userId: string,
): Promise<Output<typeof serviceInfo>> {
  const { config, database } = context;
  const [found, credits, membersMax] = await Promise.all([
    findOrganisationInfo(database, organisation.id, userId),
    creditsOf(context, organisation.id),
    membersMaxOf(context, organisation.id),
  ]);
  if (found === undefined) throw new AppError('tenant.membership_ended');
  const {
    id,
    name,
    slug,
    status,
    billingEmail,
    ownerId,
    role,
    plan,
    tier,
    subscriptionId,
    limits,
    members,
    createdAt,
  } = found;
  return {
    id,
    tenant_id: id,
    name,
    slug,
    status,
    billing_email: roleAtLeast(role, 'admin') ? billingEmail : null,
    owner_id: ownerId,
    role,
    env: organisation.env,
    plan,
    tier,
    subscription_id: subscriptionId,
    members,
    credits: credits && { balance: credits.balance, held: credits.held },
    limits: {
      members: limits.members ?? membersMax,
      pending_invites: PENDING_INVITES_MAX,
      requests_per_minute: config.RATE_LIMIT_TIERS[tier]?.per_minute ?? null,
    },
    created_at: createdAt.toISOString(),
  };
}

/** Null while users does not answer. */
async function membersMaxOf({ organisationConfig, logger }: Context, id: string): Promise<number | null> {
  try {
    return (await organisationConfig.of(id))['members.max'];
  } catch (err) {
    if (!(err instanceof AppError) || err.status < 500) throw err;
    logger.warn({ err }, 'answered without the most members');
    return null;
  }
}
