import type { Db } from '../../stores/database.ts';

/** Remembers what a provider told, with what is done about it; false where it was told before. */
export async function rememberEvent(
  { prisma }: Db,
  provider: 'stripe' | 'apple',
  { id, type }: { readonly id: string; readonly type: string },
): Promise<boolean> {
  const { count } = await prisma.billingEvent.createMany({
    data: { provider, eventId: id, type },
    skipDuplicates: true,
  });
  return count === 1;
}
