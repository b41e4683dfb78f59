import type { Db } from '../../database.ts';

/**
 * The sealed key of a purpose; the one offered where there is none yet. Of any number of calls at once all return the
 * same.
 */
export async function keepDigestKey({ prisma }: Db, purpose: string, offered: Buffer): Promise<Buffer> {
  await prisma.digestKey.createMany({ data: { purpose, keySealed: Uint8Array.from(offered) }, skipDuplicates: true });
  const { keySealed } = await prisma.digestKey.findUniqueOrThrow({ where: { purpose } });
  return Buffer.from(keySealed);
}
