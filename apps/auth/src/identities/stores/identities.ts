import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { Adoption, IdentityProfile } from '../../sign-in/domain/sign-in.ts';

/** A linked identity, without what the provider said. */
export interface LinkedIdentity {
  readonly provider: string;
  readonly linkedAt: Date;
}

const adopted = z.object({ status: z.enum(['active', 'disabled', 'deleted', 'occupied']), user_id: z.string() });

/** Records a user and links an identity to it: the function `identity_adopt`. */
export async function adoptIdentity(
  db: Db,
  id: string,
  user: { id: string; tier: string },
  { provider, subject, email, emailVerified, displayName }: IdentityProfile,
  shared = false,
  lineageId: string | null = null,
): Promise<Adoption> {
  const { status, user_id: userId } = await db.one(adopted)`
    SELECT * FROM identity_adopt(${id}::uuid, ${user.id}::uuid, ${user.tier}, ${provider}, ${subject}, ${email ?? null}, ${emailVerified},
      ${displayName ?? null}, ${shared}, ${lineageId}::uuid)`;
  return { status, userId };
}

/** The identities of a user, oldest first. */
export async function listIdentities({ prisma }: Db, userId: string): Promise<LinkedIdentity[]> {
  return prisma.identity.findMany({
    where: { userId },
    select: { provider: true, linkedAt: true },
    orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }],
  });
}
