import { createHash, randomBytes } from 'node:crypto';
import {
  API_KEY_RANDOM_CHARS,
  apiKeyPrefix,
  base62Digits,
  composeApiKey,
  isWellFormedApiKey,
  looksLikeApiKey,
  type Environment,
  type KeyConstraints,
  type KeySeparator,
} from '@turnpike/contracts';
import type { CredentialKind } from '../../tokens/domain/introspection.ts';

/** Bytes asked for at once: more than the 30 digits need, as one in 32 makes none. */
const RANDOM_BYTES = 48;

/** A key just made. `text` is shown once and kept nowhere. */
export interface NewApiKey {
  readonly text: string;
  readonly prefix: string;
  readonly digest: Buffer;
}

/** Makes a key from the system's random generator. */
export function newApiKey(environment: string, separator: KeySeparator = '_'): NewApiKey {
  let random = '';
  while (random.length < API_KEY_RANDOM_CHARS) random += base62Digits(randomBytes(RANDOM_BYTES));
  const text = composeApiKey(environment, random.slice(0, API_KEY_RANDOM_CHARS), separator);
  return { text, prefix: apiKeyPrefix(text), digest: apiKeyDigest(text) };
}

/** SHA-256 of a key, the only form that is stored: a secret of 178 random bits cannot be guessed from a fast hash. */
export function apiKeyDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A key as the store knows it, its owner's account included. */
export interface FoundApiKey {
  readonly id: string;
  readonly userId: string;
  readonly projectId: string;
  readonly tier: string;
  readonly lineageId: string;
  readonly scopes: readonly string[];
  readonly perMinute: number | undefined;
  /** `suspended`: its owner is disabled. */
  readonly state: 'live' | 'revoked' | 'suspended' | 'paused' | 'expired' | 'tenant_suspended';
  readonly createdAtMs: number;
  /** When it will stop by itself. */
  readonly endsAtMs: number | undefined;
  readonly constraints: KeyConstraints;
  /** Whose credits and limits its calls use; `undefined` for a person's own. */
  readonly organisation: { readonly id: string; readonly environment: Environment } | undefined;
}

export interface ApiKeyPorts {
  find(digest: Buffer): Promise<FoundApiKey | undefined>;
  /** Whether a user who is noted as disabled may use their keys again. */
  isActiveNow(userId: string): Promise<boolean>;
  /** Records that a key was used, without waiting. */
  noteUse(keyId: string): void;
}

/** API keys as a kind of credential. A key that is mistyped, cut short or made up fails its checksum and causes no lookup. */
export function apiKeyKind(ports: ApiKeyPorts): CredentialKind {
  return {
    name: 'api_key',
    recognises: (credential) => looksLikeApiKey(credential),
    async introspect(credential) {
      if (!isWellFormedApiKey(credential)) return { active: false, reason: 'key_invalid' };
      const digest = apiKeyDigest(credential);
      let key = await ports.find(digest);
      // The event that enabled the user again may not have arrived yet.
      if (key?.state === 'suspended' && (await ports.isActiveNow(key.userId))) key = await ports.find(digest);
      if (key === undefined) return { active: false, reason: 'key_invalid' };
      const subject = { user: key.userId, key: key.id, organisation: key.organisation?.id };
      if (key.state === 'tenant_suspended') return { active: false, reason: key.state, subject };
      if (key.state === 'paused') return { active: false, reason: 'key_suspended', subject };
      if (key.state !== 'live') return { active: false, reason: `key_${key.state}`, subject };
      ports.noteUse(key.id);
      return {
        active: true,
        principal: 'user',
        token_type: 'api_key',
        sub: key.userId,
        key_id: key.id,
        project_id: key.projectId,
        ...(key.organisation === undefined
          ? {}
          : {
              organisation: { id: key.organisation.id, env: key.organisation.environment, status: 'active' as const },
            }),
        tier: key.tier,
        limit_subject: key.lineageId,
        scopes: [...key.scopes],
        ...(key.perMinute === undefined ? {} : { rate_limit_per_minute: key.perMinute }),
        ...(Object.keys(key.constraints).length === 0 ? {} : { constraints: key.constraints }),
        iat: Math.floor(key.createdAtMs / 1_000),
        // Rounded down: within its last second the edge asks again on each call, and is told exactly.
        ...(key.endsAtMs === undefined ? {} : { exp: Math.floor(key.endsAtMs / 1_000) }),
      };
    },
  };
}
