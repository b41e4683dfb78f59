import type { Query } from '@turnpike/service-kit';
import type { IdentityProfile } from '../../sign-in/domain/sign-in.ts';

/** The identities of an account, as they are remembered. */
export async function provenIdentities(query: Query, userId: string): Promise<Omit<IdentityProfile, 'displayName'>[]> {
  const rows = await query<{ provider: string; subject: string; email: string | null; email_verified: boolean }>(
    'SELECT provider, subject, email, email_verified FROM identity WHERE user_id = $1::uuid',
    userId,
  );
  return rows.map(({ provider, subject, email, email_verified: emailVerified }) => ({
    provider,
    subject,
    email: email ?? undefined,
    emailVerified,
  }));
}

/**
 * Remembers digests for the lineage of an account, and returns it; `undefined` where there is no account. Run it in a
 * transaction.
 */
export async function rememberDigests(
  query: Query,
  userId: string,
  digests: readonly Buffer[],
): Promise<string | undefined> {
  // In the order of a sign-in, which has its identity when it remembers.
  await query('SELECT 1 AS row FROM identity WHERE user_id = $1::uuid ORDER BY id FOR UPDATE', userId);
  const [row] = await query<{ lineage_id: string }>(
    'SELECT a.lineage_id, lineage_remember(a.user_id, $2::bytea[])::text FROM account a WHERE a.user_id = $1::uuid',
    userId,
    digests,
  );
  return row?.lineage_id;
}
