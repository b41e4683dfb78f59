import { z } from 'zod';
import type { Db } from '../../database.ts';
import type { IdentityProfile, Recognition } from '../../sign-in/domain/sign-in.ts';

/** Providers that a person can sign in with by themselves, and that prove an address where they say so. */
export const WAYS_TO_SIGN_IN = ['apple', 'google', 'github', 'email'];

const recognised = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['known', 'linked']), user_id: z.string() }),
  z.object({
    outcome: z.literal('unknown'),
    external_key: z.string(),
    shared_key: z.string().nullable(),
    lineage_id: z.string(),
  }),
]);

/**
 * Looks up or links the account of a proven identity: the function `identity_recognise`. `id`: of a new link; `digests`: what the
 * identity is remembered by.
 */
export async function recogniseIdentity(
  db: Db,
  id: string,
  { provider, subject, email, emailVerified, displayName }: IdentityProfile,
  digests: readonly Buffer[],
): Promise<Recognition> {
  const row = await db.one(recognised)`
    SELECT * FROM identity_recognise(${id}::uuid, ${provider}, ${subject}, ${email ?? null}, ${emailVerified}, ${displayName ?? null},
      ${WAYS_TO_SIGN_IN}::text[], ${digests}::bytea[])`;
  if (row.outcome !== 'unknown') return { userId: row.user_id };
  const { external_key: externalKey, shared_key: sharedKey, lineage_id: lineageId } = row;
  return { userId: undefined, externalKey, sharedKey: sharedKey ?? undefined, lineageId };
}

const linking = z.object({ outcome: z.enum(['linked', 'already', 'taken', 'occupied', 'inactive']) });

/** Links an identity to an account: the function `identity_link`. */
export async function linkIdentity(
  db: Db,
  id: string,
  userId: string,
  { provider, subject, email, emailVerified, displayName }: IdentityProfile,
  digests: readonly Buffer[],
): Promise<z.output<typeof linking>['outcome']> {
  const { outcome } = await db.one(linking)`
    SELECT identity_link(${id}::uuid, ${userId}::uuid, ${provider}, ${subject}, ${email ?? null}, ${emailVerified}, ${displayName ?? null},
      ${digests}::bytea[]) AS outcome`;
  return outcome;
}

const unlinking = z.object({ outcome: z.enum(['unlinked', 'last', 'none']) });

/** Removes a provider from an account: the function `identity_unlink`. */
export async function unlinkProvider(
  db: Db,
  userId: string,
  provider: string,
): Promise<z.output<typeof unlinking>['outcome']> {
  const { outcome } = await db.one(unlinking)`
    SELECT identity_unlink(${userId}::uuid, ${provider}, ${WAYS_TO_SIGN_IN}::text[]) AS outcome`;
  return outcome;
}

/** Whose an identity is, and its address; without recording a use. */
export async function findIdentity(
  { prisma }: Db,
  provider: string,
  subject: string,
): Promise<{ readonly userId: string; readonly email: string | undefined } | undefined> {
  const identity = await prisma.identity.findUnique({
    where: { provider_subject: { provider, subject } },
    select: { userId: true, email: true },
  });
  return identity === null ? undefined : { userId: identity.userId, email: identity.email ?? undefined };
}

/** Records what a provider says of an identity's address. */
export async function setIdentityEmail(
  { prisma }: Db,
  provider: string,
  subject: string,
  email: string,
  emailVerified: boolean,
): Promise<void> {
  await prisma.identity.updateMany({ where: { provider, subject }, data: { email, emailVerified } });
}
