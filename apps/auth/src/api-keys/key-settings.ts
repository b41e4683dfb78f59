import type { createKey, Input, KeyConstraints, updateKey } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { ApiKeyRow } from './stores/api-keys.ts';
import type { KeySettings } from './stores/organisation-keys.ts';

type Wanted = Omit<Input<typeof createKey, 'body'>, 'name' | 'scopes'> & Partial<Input<typeof updateKey, 'body'>>;

/** What of a key's settings the members of a request change: absent ones stay, null takes a bound away. */
export function settingsAfter(
  key: Pick<ApiKeyRow, 'name' | 'rate_limit_per_minute' | 'constraints' | 'metadata' | 'expires_at'> & {
    readonly paused: boolean;
  },
  wanted: Wanted,
): KeySettings {
  const perMinute = wanted.rate_limit_per_minute ?? wanted.rate_limit_rpm;
  const expiresAt = wanted.expires_at;
  return {
    name: wanted.name ?? key.name,
    perMinute: perMinute ?? key.rate_limit_per_minute,
    paused: wanted.is_active === undefined ? key.paused : !wanted.is_active,
    constraints: constraintsAfter(key.constraints, wanted),
    metadata: wanted.metadata === undefined ? key.metadata : (wanted.metadata ?? {}),
    expiresAt: expiresAt === undefined ? (key.expires_at?.toISOString() ?? null) : expiresAt,
  };
}

function constraintsAfter(present: KeyConstraints, wanted: Wanted): KeyConstraints {
  const { tokens_per_minute, allowed_models, allowed_providers, allowed_ips, spend_limit } = wanted;
  const changes = { tokens_per_minute, allowed_models, allowed_providers, allowed_ips, spend_limit };
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...present, ...Object.fromEntries(given) });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

/** Throws 422 for an expiry that has passed: a key ends by being deleted. */
export function requireToCome(expiresAt: string | null | undefined, nowMs: number): void {
  if (typeof expiresAt !== 'string' || Date.parse(expiresAt) > nowMs) return;
  const message = 'Must be a moment to come';
  throw new AppError('request.invalid', {
    detail: `body.expires_at: ${message}`,
    errors: [{ path: 'body.expires_at', message }],
  });
}
