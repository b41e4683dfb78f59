import { usageFigures, type adminGetTenant, type adminListTenants, type Output } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { creditsOf, subscriptionOf } from '../../credits-of.ts';
import { findTenant, type AdminTenant } from '../stores/tenants.ts';

/** An organisation as operators list it. */
export function tenantView(tenant: AdminTenant): Output<typeof adminListTenants>['items'][number] {
  const { id, name, slug, status, ownerId, ownerEmail, plan, tier, members, createdAt, suspendedAt } = tenant;
  return {
    id,
    name,
    slug,
    status,
    owner: ownerId === null ? null : { user_id: ownerId, email: ownerEmail },
    plan,
    tier,
    members,
    created_at: createdAt.toISOString(),
    suspended_at: suspendedAt?.toISOString() ?? null,
  };
}

/** An organisation with its account, as far as credits answers. Throws `resource.not_found`. */
export async function tenantDetailOf(
  context: Pick<Context, 'bestEffort' | 'database' | 'logger'>,
  id: string,
): Promise<Output<typeof adminGetTenant>> {
  const [tenant, credits, subscription, requests] = await Promise.all([
    findTenant(context.database, id),
    creditsOf(context, id),
    subscriptionOf(context, id),
    requestsOf(context, id),
  ]);
  if (tenant === undefined) throw new AppError('resource.not_found');
  return {
    ...tenantView(tenant),
    subscription,
    credits,
    keys_active: tenant.keysActive,
    requests_24h: requests,
    invites_pending: tenant.invitesPending,
    suspended_reason: tenant.suspendedReason,
    last_active_at: tenant.lastActiveAt?.toISOString() ?? null,
    archived_at: tenant.archivedAt?.toISOString() ?? null,
  };
}

/** Requests of the last 24 hours; null while usage does not answer. */
async function requestsOf(
  { bestEffort, logger }: Pick<Context, 'bestEffort' | 'logger'>,
  id: string,
): Promise<number | null> {
  try {
    return (await bestEffort.usage.call(usageFigures, { query: { organisation: id } })).requests_24h;
  } catch (err) {
    if (!(err instanceof AppError) || err.status < 500) throw err;
    logger.warn({ err }, 'answered without requests');
    return null;
  }
}
