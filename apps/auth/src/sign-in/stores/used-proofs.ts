import type { Db } from '../../database.ts';

/** Records that a proof is used; false where it was before. `expiresAt`: until when it could be used, in epoch seconds. */
export async function useProof({ prisma }: Db, digest: Buffer, expiresAt: number): Promise<boolean> {
  const recorded = await prisma.$executeRaw`
    INSERT INTO used_proof (digest, expires_at) VALUES (${digest}::bytea, to_timestamp(${expiresAt}::float8)) ON CONFLICT DO NOTHING`;
  return recorded > 0;
}

/** Frees a proof that served for nothing, because of an outage after it. */
export async function releaseProof({ prisma }: Db, digest: Buffer): Promise<void> {
  await prisma.usedProof.deleteMany({ where: { digest: Uint8Array.from(digest) } });
}
