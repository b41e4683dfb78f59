import { z } from 'zod';
import { publicJwk } from '@turnpike/contracts';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import type { Vault } from '../../vault/domain/vault.ts';
import {
  importPrivateKey,
  importPublicJwk,
  type AsymmetricAlgorithm,
  type NewKeyPair,
  type ScheduledKey,
} from '../domain/signing-keys.ts';

const storedKey = z.object({
  kid: z.string(),
  algorithm: z.enum(['ES256', 'RS256']),
  public_jwk: z.unknown(),
  private_sealed: column.bytes.nullable(),
  signs_from: z.date(),
  retires_at: z.date().nullable(),
  verifies_until: z.date().nullable(),
  now: z.date(),
});

/** Every key still in use, with the database's clock at the time of reading. */
export interface StoredKeySet {
  readonly keys: readonly ScheduledKey[];
  readonly databaseNowMs: number;
}

/** Reads the keys that sign or verify. Throws `VaultError` where a private key was sealed with a key that is not configured. */
export async function loadSigningKeys(db: Db, vault: Vault): Promise<StoredKeySet> {
  const rows = await db.many(storedKey)`
    SELECT kid, algorithm, public_jwk, private_sealed, signs_from, retires_at, verifies_until, clock_timestamp() AS now
      FROM signing_key WHERE verifies_until IS NULL OR verifies_until > now() ORDER BY signs_from`;
  return { keys: rows.map((row) => scheduledKey(row, vault)), databaseNowMs: rows[0]?.now.getTime() ?? Date.now() };
}

function scheduledKey(row: z.output<typeof storedKey>, vault: Vault): ScheduledKey {
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

const publishedKey = z.object({ signs_from: z.date() });

/** Publishes a key: the function `signing_key_publish`. Returns when it will sign, or `undefined` where none was due. */
export async function publishSigningKey(db: Db, publication: Publication): Promise<Date | undefined> {
  const { kid, algorithm, jwk } = publication.pair;
  const row = await db.maybeOne(publishedKey)`
    SELECT signs_from FROM signing_key_publish(${kid}, ${algorithm}, ${JSON.stringify(jwk)}::jsonb, ${publication.sealed}::bytea,
      ${publication.onlyIfOlderThanMs}::float8 * interval '1 millisecond', ${publication.delayMs}::float8 * interval '1 millisecond',
      ${publication.verifyAfterRetirementMs}::float8 * interval '1 millisecond')`;
  return row?.signs_from;
}

const rotation = z.object({ due: z.boolean() });

/** Whether the newest key is older than `ageMs`, of another algorithm, or there is none. */
export async function isRotationDue(db: Db, algorithm: AsymmetricAlgorithm, ageMs: number): Promise<boolean> {
  const row = await db.maybeOne(rotation)`
    SELECT algorithm <> ${algorithm} OR created_at <= clock_timestamp() - ${ageMs}::float8 * interval '1 millisecond' AS due
      FROM signing_key ORDER BY created_at DESC LIMIT 1`;
  return row?.due ?? true;
}

/** A key as an operator sees it. */
export interface KeyListing {
  readonly kid: string;
  readonly algorithm: string;
  readonly createdAt: Date;
  readonly signsFrom: Date;
  readonly retiresAt: Date | null;
  readonly verifiesUntil: Date | null;
}

/** All keys, newest first. */
export async function listSigningKeys({ prisma }: Db): Promise<KeyListing[]> {
  const select = {
    kid: true,
    algorithm: true,
    createdAt: true,
    signsFrom: true,
    retiresAt: true,
    verifiesUntil: true,
  };
  return prisma.signingKey.findMany({ select, orderBy: { createdAt: 'desc' } });
}

/** Removes a key: tokens that it signed verify no more. */
export async function deleteSigningKey({ prisma }: Db, kid: string): Promise<void> {
  await prisma.signingKey.deleteMany({ where: { kid } });
}

/** Drops private halves that sign no more and keys that verify no more. */
export async function sweepSigningKeys({ prisma }: Db): Promise<void> {
  await prisma.$executeRaw`
    UPDATE signing_key SET private_sealed = NULL WHERE private_sealed IS NOT NULL AND retires_at < now() - interval '1 hour'`;
  await prisma.$executeRaw`DELETE FROM signing_key WHERE verifies_until < now()`;
}
