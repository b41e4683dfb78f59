import type { Db } from '../../database.ts';

/** A key with who ended it, as the audit trail has it; `undefined` for one that there is not. */
export async function inspectKey({ prisma }: Db, id: string) {
  const key = await prisma.apiKey.findUnique({ where: { id } });
  if (key === null) return undefined;
  const ended =
    key.revokedAt === null
      ? null
      : await prisma.auditEvent.findFirst({
          where: {
            userId: key.userId,
            action: { in: ['key.delete', 'key.rotate', 'key.revoke_leaked'] },
            detail: { path: ['key_id'], equals: id },
          },
          orderBy: [{ at: 'desc' }, { id: 'desc' }],
          select: { actor: true },
        });
  return { ...key, endedBy: ended?.actor ?? null };
}

/** A session; `undefined` for one that there is not, or not any more. */
export async function inspectSession({ prisma }: Db, id: string) {
  return (
    (await prisma.session.findUnique({
      where: { id },
      select: { id: true, userId: true, method: true, createdAt: true, endedAt: true, endReason: true },
    })) ?? undefined
  );
}
