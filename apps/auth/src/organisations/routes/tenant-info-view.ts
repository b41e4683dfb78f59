import {
  MEMBERS_MAX,
  PENDING_INVITES_MAX,
  roleAtLeast,
  type Environment,
  type Output,
  type serviceInfo,
} from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import { findOrganisationInfo } from '../stores/organisation-info.ts';

/** The answer about an organisation to one of its members. Throws `tenant.membership_ended` for whoever is none. */
export async function tenantInfoOf(
  db: Db,
  organisation: { readonly id: string; readonly env: Environment },
  userId: string,
): Promise<Output<typeof serviceInfo>> {
  const found = await findOrganisationInfo(db, organisation.id, userId);
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
    members,
    limits: { members: MEMBERS_MAX, pending_invites: PENDING_INVITES_MAX },
    created_at: createdAt.toISOString(),
  };
}
