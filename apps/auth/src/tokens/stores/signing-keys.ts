import { publicJwk } from '@turnpike/contracts';
import type { Query } from '@turnpike/service-kit';
import type { Vault } from '../../vault/domain/vault.ts';
import {
  importPrivateKey,
  importPublicJwk,
  type AsymmetricAlgorithm,
  type NewKeyPair,
  type ScheduledKey,
} from '../domain/signing-keys.ts';

interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: AsymmetricAlgorithm;
  readonly public_jwk: unknown;
  readonly private_sealed: Uint8Array | null;
  readonly signs_from: Date;
  readonly retires_at: Date | null;
  readonly verifies_until: Date | null;
  readonly now: Date;
}

/** Every key still in use, with the database's clock at the time of reading. */
export interface StoredKeySet {
  readonly keys: readonly ScheduledKey[];
  readonly databaseNowMs: number;
}

/** Reads the keys that sign or verify. Throws `VaultError` where a private key was sealed with a key that is not configured. */
export async function loadSigningKeys(query: Query, vault: Vault): Promise<StoredKeySet> {
  const rows = await query<SigningKeyRow>(
    `SELECT kid, algorithm, public_jwk, private_sealed, signs_from, retires_at, verifies_until, clock_timestamp() AS now
       FROM signing_key WHERE verifies_until IS NULL OR verifies_until > now() ORDER BY signs_from`,
  );
  return { keys: rows.map((row) => scheduledKey(row, vault)), databaseNowMs: rows[0]?.now.getTime() ?? Date.now() };
}

function scheduledKey(row: SigningKeyRow, vault: Vault): ScheduledKey {
  const jwk = publicJwk.parse(row.public_jwk);
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    jwk,
    verifyWith: importPublicJwk(jwk),
    signWith: row.private_sealed ? importPrivateKey(vault.open('signing-key', row.private_sealed, row.kid)) : undefined,
    signsFromMs: row.signs_from.getTime(),
    retiresAtMs: row.retires_at?.getTime(),
    verifiesUntilMs: row.verifies_until?.getTime(),
  };
}

/** How a new key takes its place. */
export interface Publication {
  readonly pair: NewKeyPair;
  readonly sealed: Buffer;
  /** Publish only if the newest key is older than this or of another algorithm; 0 always publishes. */
  readonly onlyIfOlderThanMs: number;
  /** From publication to the first signature. */
  readonly delayMs: number;
  /** How long the replaced key goes on verifying. */
  readonly verifyAfterRetirementMs: number;
}

/** Publishes a key: see `signing_key_publish` in the migration. Returns when it will sign, or `undefined` where none was due. */
export async function publishSigningKey(query: Query, publication: Publication): Promise<Date | undefined> {
  const { pair } = publication;
  const rows = await query<{ signs_from: Date }>(
    `SELECT signs_from FROM signing_key_publish($1, $2, $3::jsonb, $4::bytea,
       $5::float8 * interval '1 millisecond', $6::float8 * interval '1 millisecond', $7::float8 * interval '1 millisecond')`,
    pair.kid,
    pair.algorithm,
    JSON.stringify(pair.jwk),
    publication.sealed,
    publication.onlyIfOlderThanMs,
    publication.delayMs,
    publication.verifyAfterRetirementMs,
  );
  return rows[0]?.signs_from;
}

/** Whether the newest key is older than `ageMs`, of another algorithm, or there is none. */
export async function isRotationDue(query: Query, algorithm: AsymmetricAlgorithm, ageMs: number): Promise<boolean> {
  const rows = await query<{ due: boolean }>(
    `SELECT algorithm <> $1 OR created_at <= clock_timestamp() - $2::float8 * interval '1 millisecond' AS due
       FROM signing_key ORDER BY created_at DESC LIMIT 1`,
    algorithm,
    ageMs,
  );
  return rows[0]?.due ?? true;
}

/** A key as an operator sees it. */
export interface KeyListing {
  readonly kid: string;
  readonly algorithm: string;
  readonly created_at: Date;
  readonly signs_from: Date;
  readonly retires_at: Date | null;
  readonly verifies_until: Date | null;
}

/** All keys, newest first. */
export async function listSigningKeys(query: Query): Promise<KeyListing[]> {
  return query<KeyListing>(
    'SELECT kid, algorithm, created_at, signs_from, retires_at, verifies_until FROM signing_key ORDER BY created_at DESC',
  );
}

/** Removes a key: tokens that it signed verify no more. */
export async function deleteSigningKey(query: Query, kid: string): Promise<void> {
  await query('DELETE FROM signing_key WHERE kid = $1', kid);
}

/** Drops private halves that sign no more and keys that verify no more. */
export async function sweepSigningKeys(query: Query): Promise<void> {
  await query(
    "UPDATE signing_key SET private_sealed = NULL WHERE private_sealed IS NOT NULL AND retires_at < now() - interval '1 hour'",
  );
  await query('DELETE FROM signing_key WHERE verifies_until < now()');
}
