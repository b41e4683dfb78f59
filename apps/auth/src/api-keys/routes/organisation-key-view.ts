import type { OrganisationKey } from '@turnpike/contracts';
import type { GatewayIdentity } from '@turnpike/service-kit';
import { requireMember } from '../../organisations/member-caller.ts';
import type { Spent } from '../spent.ts';
import type { ApiKeyRow } from '../stores/api-keys.ts';
import type { Place } from '../stores/organisation-keys.ts';

/** The member who calls, and the organisation and environment whose keys they may name. */
export function keyCaller(identity: GatewayIdentity): { readonly userId: string; readonly place: Place } {
  const { userId, organisation } = requireMember(identity);
  return { userId, place: { organisationId: organisation.id, environment: organisation.env } };
}

/** A key as the members of its organisation read it. */
export function organisationKeyView(key: ApiKeyRow, { environment }: Place, spent: Spent): OrganisationKey {
  const { constraints } = key;
  return {
    id: key.id,
    name: key.name,
    key_prefix: key.prefix,
    is_active: key.is_active,
    scopes: key.scopes,
    rate_limit_per_minute: key.rate_limit_per_minute,
    tokens_per_minute: constraints.tokens_per_minute ?? null,
    allowed_models: constraints.allowed_models ?? null,
    allowed_providers: constraints.allowed_providers ?? null,
    allowed_ips: constraints.allowed_ips ?? null,
    spend_limit: constraints.spend_limit ?? null,
    spent: spent.get(key.id) ?? null,
    metadata: key.metadata,
    project_id: key.project_id,
    environment,
    expires_at: key.expires_at?.toISOString() ?? null,
    last_used_at: key.last_used_at?.toISOString() ?? null,
    created_at: key.created_at.toISOString(),
    updated_at: key.updated_at.toISOString(),
    created_by: key.user_id,
  };
}
