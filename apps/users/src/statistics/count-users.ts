import type { Db } from '../database.ts';

/** How many users there are; tombstones of deleted ones are none. */
export function countUsers({ prisma }: Db): Promise<number> {
  return prisma.appUser.count({ where: { status: { not: 'deleted' } } });
}
