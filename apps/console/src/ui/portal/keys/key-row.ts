import type { Operations } from '@turnpike/client';

type OwnKey = Operations['account.listApiKeys']['answers']['items'][number];
type OrganisationKey = Operations['llm.listKeys']['answers']['items'][number];

/** A key as the screen shows it, whichever list it is of. */
export interface KeyRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly prefix: string;
  readonly status: 'active' | 'paused' | 'expired' | 'ended';
  readonly scopes: readonly string[];
  readonly perMinute: number | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  /** What an organisation's key may be used for, beyond its scopes. */
  readonly bounds: OrganisationKey | undefined;
}

export function ownKeyRow(key: OwnKey, projectId: string): KeyRow {
  return { ...common(key), projectId, prefix: key.prefix, status: key.status, bounds: undefined };
}

export function organisationKeyRow(key: OrganisationKey, nowMs: number): KeyRow {
  const expired = key.expires_at !== null && Date.parse(key.expires_at) <= nowMs;
  const status = key.is_active ? 'active' : expired ? 'expired' : 'paused';
  return { ...common(key), projectId: key.project_id, prefix: key.key_prefix, status, bounds: key };
}

function common(key: OwnKey | OrganisationKey) {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    perMinute: key.rate_limit_per_minute,
    expiresAt: key.expires_at,
    lastUsedAt: key.last_used_at,
    createdAt: key.created_at,
  };
}

/** What bounds a key beyond its scopes, in words. */
export function boundsOf({ bounds, perMinute }: KeyRow): readonly string[] {
  const words: string[] = [];
  if (perMinute !== null) words.push(`${perMinute} a minute`);
  if (bounds === undefined) return words;
  if (bounds.tokens_per_minute !== null) words.push(`${bounds.tokens_per_minute} tokens a minute`);
  if (bounds.allowed_models !== null) words.push(`models ${bounds.allowed_models.join(', ')}`);
  if (bounds.allowed_providers !== null) words.push(`providers ${bounds.allowed_providers.join(', ')}`);
  if (bounds.allowed_ips !== null) words.push(`from ${bounds.allowed_ips.join(', ')}`);
  if (bounds.spend_limit !== null) words.push(`${bounds.spend_limit.credits} credits a ${bounds.spend_limit.period}`);
  return words;
}
