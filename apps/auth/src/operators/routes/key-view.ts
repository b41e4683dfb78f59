import type { adminRevokeKey, Output } from '@turnpike/contracts';
import type { ApiKeyRow } from '../../api-keys/stores/api-keys.ts';

/** A key as operators see it. */
export function adminKeyView(key: ApiKeyRow): Output<typeof adminRevokeKey> {
  return {
    id: key.id,
    prefix: key.prefix,
    name: key.name,
    user_id: key.user_id,
    project_id: key.project_id,
    organisation_id: key.organisation_id,
    environment: key.environment,
    scopes: [...key.scopes],
    rate_limit_per_minute: key.rate_limit_per_minute,
    state: stateOf(key),
    created_at: key.created_at.toISOString(),
    last_used_at: key.last_used_at?.toISOString() ?? null,
    expires_at: key.expires_at?.toISOString() ?? null,
    revoked_at: key.revoked_at?.toISOString() ?? null,
  };
}

function stateOf({ is_active: active, revoked_at: revokedAt, paused_at: pausedAt }: ApiKeyRow) {
  if (active) return 'active';
  if (revokedAt !== null) return 'revoked';
  return pausedAt === null ? 'expired' : 'paused';
}
