import { JWKS_MAX_AGE_SECONDS } from '@turnpike/contracts';
import type { Db } from '../database.ts';
import type { Vault } from '../vault/domain/vault.ts';
import { ACCESS_TOKEN_TTL_SECONDS_MAX } from './domain/access-token.ts';
import { newKeyPair, type AsymmetricAlgorithm } from './domain/signing-keys.ts';
import { isRotationDue, publishSigningKey } from './stores/signing-keys.ts';

/**
 * How long a replaced key goes on verifying, in milliseconds: the life of its last token, the time a verifier may keep the key set, and an
 * hour for an instance that could not read the store and went on signing with it.
 */
const VERIFY_AFTER_RETIREMENT_MS = (ACCESS_TOKEN_TTL_SECONDS_MAX + JWKS_MAX_AGE_SECONDS + 3_600) * 1_000;

export interface RotationOptions {
  readonly algorithm: AsymmetricAlgorithm;
  /** Rotate only if the newest key is at least this old (or of another algorithm); 0 always rotates. */
  readonly onlyIfOlderThanMs: number;
  /** How long the new key is published before it signs. */
  readonly publishMs: number;
}

/** A key that was published. */
export interface PublishedKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

/** Publishes a new signing key if one is due. Safe on any number of instances at once: one of them publishes. */
export async function rotateSigningKeys(
  db: Db,
  vault: Vault,
  options: RotationOptions,
): Promise<PublishedKey | undefined> {
  const { algorithm, onlyIfOlderThanMs, publishMs } = options;
  if (!(await isRotationDue(db, algorithm, onlyIfOlderThanMs))) return undefined;
  const pair = await newKeyPair(algorithm);
  const signsFrom = await publishSigningKey(db, {
    pair,
    sealed: vault.seal('signing-key', pair.pkcs8, pair.kid),
    onlyIfOlderThanMs,
    delayMs: publishMs,
    verifyAfterRetirementMs: VERIFY_AFTER_RETIREMENT_MS,
  });
  return signsFrom === undefined ? undefined : { kid: pair.kid, signsFrom };
}
