import type { ApiKeyView } from '@turnpike/contracts';
import type { ApiKeyRow } from '../stores/api-keys.ts';

/** A key as its owner reads it. `fullKey`: the key itself, in the one answer that shows it. */
export function apiKeyView(key: ApiKeyRow, fullKey: string | null = null): ApiKeyView {
  return {
    id: key.id,
    prefix: key.prefix,
    name: key.name,
    full_key: fullKey,
    scopes: [...key.scopes],
    rate_limit_per_minute: key.rate_limit_per_minute,
    last_used_at: key.last_used_at?.toISOString() ?? null,
    expires_at: key.expires_at?.toISOString() ?? null,
    is_active: key.is_active,
    status: statusOf(key),
    created_at: key.created_at.toISOString(),
    updated_at: key.updated_at.toISOString(),
  };
}

function statusOf(key: ApiKeyRow): ApiKeyView['status'] {
  if (key.is_active) return 'active';
  if (key.revoked_at !== null) return 'ended';
  return key.paused_at === null ? 'expired' : 'paused';
}
