import type { Query } from '@turnpike/service-kit';

/**
 * The sealed key of a purpose; the one offered where there is none yet. Of any number of calls at once all return the
 * same.
 */
export async function keepDigestKey(query: Query, purpose: string, offered: Buffer): Promise<Buffer> {
  await query(
    'INSERT INTO digest_key (purpose, key_sealed) VALUES ($1, $2::bytea) ON CONFLICT DO NOTHING',
    purpose,
    offered,
  );
  const [row] = await query<{ key_sealed: Uint8Array }>(
    'SELECT key_sealed FROM digest_key WHERE purpose = $1',
    purpose,
  );
  if (row === undefined) throw new Error('a digest key just written is not there');
  return Buffer.from(row.key_sealed);
}
