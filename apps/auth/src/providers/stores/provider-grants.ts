import type { Query } from '@turnpike/service-kit';

/** Keeps the latest refresh token of a user's connection with one of our clients. */
export async function saveProviderGrant(
  query: Query,
  grant: { readonly userId: string; readonly provider: string; readonly clientId: string; readonly sealed: Buffer },
): Promise<void> {
  await query(
    `INSERT INTO provider_grant (user_id, provider, client_id, token_sealed) VALUES ($1::uuid, $2, $3, $4::bytea)
     ON CONFLICT (user_id, provider, client_id) DO UPDATE SET token_sealed = excluded.token_sealed, created_at = now()`,
    grant.userId,
    grant.provider,
    grant.clientId,
    grant.sealed,
  );
}

/** Forgets a user's connections with a provider that the provider itself has ended. */
export async function forgetProviderGrants(query: Query, userId: string, provider: string): Promise<void> {
  await query('DELETE FROM provider_grant WHERE user_id = $1::uuid AND provider = $2', userId, provider);
}

/** A connection that is to be ended at its provider. */
export interface PendingRevocation {
  readonly id: string;
  readonly clientId: string;
  readonly sealed: Buffer;
  /** With this one. */
  readonly attempts: number;
}

/**
 * Takes the connection that has waited longest, and puts its next attempt off with a growing pause, so a crash after this is a failed
 * attempt like any other. Instances never take the same one.
 */
export async function takeProviderRevocation(query: Query, provider: string): Promise<PendingRevocation | undefined> {
  const rows = await query<{ id: string; client_id: string; token_sealed: Uint8Array; attempts: number }>(
    `UPDATE provider_revocation r
        SET attempts = r.attempts + 1,
            next_attempt_at = clock_timestamp() + least(power(2, least(r.attempts, 20)), 21600) * interval '1 second'
      WHERE r.id = (
        SELECT p.id FROM provider_revocation p
         WHERE p.provider = $1 AND p.next_attempt_at <= now()
         ORDER BY p.next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, client_id, token_sealed, attempts`,
    provider,
  );
  return rows.map((row) => ({
    id: row.id,
    clientId: row.client_id,
    sealed: Buffer.from(row.token_sealed),
    attempts: row.attempts,
  }))[0];
}

/** The connection has ended. */
export async function finishProviderRevocation(query: Query, id: string): Promise<void> {
  await query('DELETE FROM provider_revocation WHERE id = $1::uuid', id);
}
