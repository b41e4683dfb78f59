import type { Query } from '@turnpike/service-kit';

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
export async function insertAttempt(query: Query, attempt: StoredAttempt, ttlSeconds: number): Promise<void> {
  await query(
    `INSERT INTO browser_sign_in (state_digest, binding_digest, provider, sealed, redirect_uri, app_state, code_challenge, expires_at)
     VALUES ($1::bytea, $2::bytea, $3, $4::bytea, $5, $6, $7, clock_timestamp() + $8::int * interval '1 second')`,
    attempt.stateDigest,
    attempt.bindingDigest,
    attempt.provider,
    attempt.sealed,
    attempt.redirectUri,
    attempt.appState,
    attempt.codeChallenge,
    ttlSeconds,
  );
}

interface TakenAttempt {
  readonly sealed: Uint8Array;
  readonly redirect_uri: string;
  readonly app_state: string | null;
  readonly code_challenge: string | null;
}

/**
 * Takes an attempt out, so that it serves once: of parallel callbacks one gets it. `undefined` for a state that is unknown, used, expired,
 * of another provider, or of another browser; the last does not use it up.
 */
export async function takeAttempt(
  query: Query,
  provider: string,
  stateDigest: Buffer,
  bindingDigest: Buffer,
): Promise<Omit<StoredAttempt, 'stateDigest' | 'bindingDigest' | 'provider'> | undefined> {
  const rows = await query<TakenAttempt>(
    `DELETE FROM browser_sign_in
      WHERE state_digest = $1::bytea AND binding_digest = $2::bytea AND provider = $3 AND expires_at > clock_timestamp()
      RETURNING sealed, redirect_uri, app_state, code_challenge`,
    stateDigest,
    bindingDigest,
    provider,
  );
  return rows.map((row) => ({
    sealed: Buffer.from(row.sealed),
    redirectUri: row.redirect_uri,
    appState: row.app_state,
    codeChallenge: row.code_challenge,
  }))[0];
}
