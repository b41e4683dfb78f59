import type { Query } from '@turnpike/service-kit';

/** Records that a proof is used; false where it was before. `expiresAt`: until when it could be used, in epoch seconds. */
export async function useProof(query: Query, digest: Buffer, expiresAt: number): Promise<boolean> {
  const rows = await query(
    'INSERT INTO used_proof (digest, expires_at) VALUES ($1::bytea, to_timestamp($2::float8)) ON CONFLICT DO NOTHING RETURNING 1 AS used',
    digest,
    expiresAt,
  );
  return rows.length > 0;
}

/** Frees a proof that served for nothing, because of an outage after it. */
export async function releaseProof(query: Query, digest: Buffer): Promise<void> {
  await query('DELETE FROM used_proof WHERE digest = $1::bytea', digest);
}
