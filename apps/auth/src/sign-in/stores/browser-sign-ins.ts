import { z } from 'zod';
import { column } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';

/** An attempt to sign in through the browser, as it is kept: digests and a sealed part. */
export interface StoredAttempt {
  readonly stateDigest: Buffer;
  readonly bindingDigest: Buffer;
  readonly provider: string;
  readonly sealed: Buffer;
  readonly redirectUri: string;
  readonly appState: string | null;
  readonly codeChallenge: string | null;
}

/** Keeps an attempt for `ttlSeconds`. */
export async function insertAttempt({ prisma }: Db, attempt: StoredAttempt, ttlSeconds: number): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO browser_sign_in (state_digest, binding_digest, provider, sealed, redirect_uri, app_state, code_challenge, expires_at)
    VALUES (${attempt.stateDigest}::bytea, ${attempt.bindingDigest}::bytea, ${attempt.provider}, ${attempt.sealed}::bytea,
      ${attempt.redirectUri}, ${attempt.appState}, ${attempt.codeChallenge}, clock_timestamp() + ${ttlSeconds}::int * interval '1 second')`;
}

const takenAttempt = z.object({
  sealed: column.bytes,
  redirect_uri: z.string(),
  app_state: z.string().nullable(),
  code_challenge: z.string().nullable(),
});

/**
 * Takes an attempt out, so that it serves once: of parallel callbacks one gets it. `undefined` for a state that is unknown, used, expired,
 * of another provider, or of another browser; the last does not use it up.
 */
export async function takeAttempt(
  db: Db,
  provider: string,
  stateDigest: Buffer,
  bindingDigest: Buffer,
): Promise<Omit<StoredAttempt, 'stateDigest' | 'bindingDigest' | 'provider'> | undefined> {
  const row = await db.maybeOne(takenAttempt)`
    DELETE FROM browser_sign_in
     WHERE state_digest = ${stateDigest}::bytea AND binding_digest = ${bindingDigest}::bytea AND provider = ${provider}
       AND expires_at > clock_timestamp()
     RETURNING sealed, redirect_uri, app_state, code_challenge`;
  if (row === undefined) return undefined;
  const { redirect_uri: redirectUri, app_state: appState, code_challenge: codeChallenge } = row;
  return { sealed: Buffer.from(row.sealed), redirectUri, appState, codeChallenge };
}

const takenProof = z.object({ sealed: column.bytes });

/** Takes what an attempt proved out, so that it serves once; `undefined` where nothing fits both digests. */
export async function takeProven(db: Db, codeDigest: Buffer, challengeDigest: Buffer): Promise<Buffer | undefined> {
  const row = await db.maybeOne(takenProof)`
    DELETE FROM browser_sign_in
     WHERE state_digest = ${codeDigest}::bytea AND binding_digest = ${challengeDigest}::bytea AND expires_at > clock_timestamp()
     RETURNING sealed`;
  return row === undefined ? undefined : Buffer.from(row.sealed);
}
