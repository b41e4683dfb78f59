import type { adminRevokeKey, Output } from '@turnpike/contracts';
import type { ApiKeyRow } from '../../api-keys/stores/api-keys.ts';
import type { Db } from '../../database.ts';
import { namesOf, type Names } from '../stores/names.ts';

/** Keys as operators see them, with the names of those who have them. */
export async function adminKeyViews(db: Db, keys: readonly ApiKeyRow[]): Promise<Output<typeof adminRevokeKey>[]> {
  const names = await ownersOf(db, keys);
  return keys.map((key) => viewOf(key, names));
}

export async function adminKeyView(db: Db, key: ApiKeyRow): Promise<Output<typeof adminRevokeKey>> {
  return viewOf(key, await ownersOf(db, [key]));
}

function ownersOf(db: Db, keys: readonly ApiKeyRow[]): Promise<Names> {
  return namesOf(db, {
    users: keys.map(({ user_id: id }) => id),
    organisations: keys.map(({ organisation_id: id }) => id),
  });
}

function viewOf(key: ApiKeyRow, names: Names): Output<typeof adminRevokeKey> {
  return {
    id: key.id,
    prefix: key.prefix,
    name: key.name,
    user_id: key.user_id,
    user_email: names.get(key.user_id)?.name ?? null,
    project_id: key.project_id,
    organisation_id: key.organisation_id,
    organisation_name: names.get(key.organisation_id ?? '')?.name ?? null,
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
