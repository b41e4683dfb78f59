import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { IdentityProfile } from '../../sign-in/domain/sign-in.ts';

/** The identities of an account, as they are remembered. */
export async function provenIdentities(
  { prisma }: Db,
  userId: string,
): Promise<Omit<IdentityProfile, 'displayName'>[]> {
  const select = { provider: true, subject: true, email: true, emailVerified: true };
  const identities = await prisma.identity.findMany({ where: { userId }, select });
  return identities.map(({ email, ...identity }) => ({ ...identity, email: email ?? undefined }));
}

const lineage = z.object({ lineage_id: z.string() });

/**
 * Remembers digests for the lineage of an account, and returns it; `undefined` where there is no account. Run it in a
 * transaction.
 */
export async function rememberDigests(db: Db, userId: string, digests: readonly Buffer[]): Promise<string | undefined> {
  // In the order of a sign-in, which has its identity when it remembers.
  await db.prisma.$executeRaw`SELECT FROM identity WHERE user_id = ${userId}::uuid ORDER BY id FOR UPDATE`;
  const row = await db.maybeOne(lineage)`
    SELECT a.lineage_id, lineage_remember(a.user_id, ${digests}::bytea[])::text FROM account a WHERE a.user_id = ${userId}::uuid`;
  return row?.lineage_id;
}
