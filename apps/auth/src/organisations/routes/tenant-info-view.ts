import {
  readBalance,
  MEMBERS_MAX,
  PENDING_INVITES_MAX,
  roleAtLeast,
  type Environment,
  type Output,
  type serviceInfo,
} from '@turnpike/contracts';
import { AppError, type InternalClient, type Logger } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { findOrganisationInfo } from '../stores/organisation-info.ts';

/**
 * The answer about an organisation to one of its members; without credits while the ledger does not answer. Throws `tenant.membership_ended` for
 * whoever is none.
 */
export async function tenantInfoOf(
  { account, config, database, logger }: Context,
  organisation: { readonly id: string; readonly env: Environment },
  userId: string,
): Promise<Output<typeof serviceInfo>> {
  const [found, credits] = await Promise.all([
    findOrganisationInfo(database, organisation.id, userId),
    creditsOf(account.bestEffort.credits, organisation.id, logger),
  ]);
  if (found === undefined) throw new AppError('tenant.membership_ended');
  const { id, name, slug, status, billingEmail, ownerId, role, plan, tier, members, createdAt } = found;
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
    // Nobody has a subscription yet.
    subscription_id: null,
    members,
    credits,
    limits: {
      members: MEMBERS_MAX,
      pending_invites: PENDING_INVITES_MAX,
      requests_per_minute: config.RATE_LIMIT_TIERS[tier]?.per_minute ?? null,
    },
    created_at: createdAt.toISOString(),
  };
}

/** What an organisation can spend now and what is held, in whole credits; null during an outage. */
async function creditsOf(
  client: InternalClient,
  id: string,
  logger: Logger,
): Promise<Output<typeof serviceInfo>['credits']> {
  try {
    const { balance, held } = await client.call(readBalance, { query: { owner_type: 'organisation', owner_id: id } });
    return { balance, held };
  } catch (err) {
    if (!(err instanceof AppError) || err.status < 500) throw err;
    logger.warn({ err }, 'answered without credits');
    return null;
  }
}
