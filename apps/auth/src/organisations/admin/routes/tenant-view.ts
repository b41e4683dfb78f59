import type { adminGetTenant, adminListTenants, Output } from '@turnpike/contracts';
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
  const [tenant, credits, subscription] = await Promise.all([
    findTenant(context.database, id),
    creditsOf(context, id),
    subscriptionOf(context, id),
  ]);
  if (tenant === undefined) throw new AppError('resource.not_found');
  return {
    ...tenantView(tenant),
    subscription,
    credits,
    keys_active: tenant.keysActive,
    requests_24h: null,
    invites_pending: tenant.invitesPending,
    suspended_reason: tenant.suspendedReason,
    last_active_at: tenant.lastActiveAt?.toISOString() ?? null,
    archived_at: tenant.archivedAt?.toISOString() ?? null,
  };
}
