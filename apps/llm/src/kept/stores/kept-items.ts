import type { Database } from '../../database.ts';
import type { KeptScope } from './kept-objects.ts';

/** Notes items of an object that is kept. Throws where it is not kept any more. */
export async function keepItems(
  { prisma }: Database,
  credentialId: string,
  objectId: string,
  ids: readonly string[],
): Promise<void> {
  const data = ids.map((id) => ({ credentialId, id, objectId }));
  await prisma.keptItem.createMany({ data, skipDuplicates: true });
}

/** How many of the ids are items of objects of the owner's. */
export function countOwnedItems(
  { prisma }: Database,
  { credentialId, owner }: KeptScope,
  ids: readonly string[],
): Promise<number> {
  return prisma.keptItem.count({ where: { credentialId, id: { in: [...ids] }, object: owner } });
}
