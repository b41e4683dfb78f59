import { z } from 'zod';
import type { Db } from '../../database.ts';
import { WAYS_TO_SIGN_IN } from './identity-links.ts';

/** An account that an address leads to. */
export interface AddressAccount {
  readonly userId: string;
  /** Somebody proved to own the address. */
  readonly proven: boolean;
  /** Of its password, where it has one. */
  readonly revision: string | undefined;
}

const addressAccount = z.object({ userId: z.string(), proven: z.boolean(), revision: z.string().nullable() });

/** The account that proved an address, before all the one that signs in with it; else the one that signed up with it. `undefined`: none. */
export async function accountOfAddress(db: Db, email: string): Promise<AddressAccount | undefined> {
  const row = await db.maybeOne(addressAccount)`
    SELECT a.user_id AS "userId", i.proven, p.revision
      FROM (
        SELECT o.user_id, o.email_verified AS proven, true AS own
          FROM identity o WHERE o.provider = 'email' AND o.subject = ${email}
        UNION ALL
        SELECT o.user_id, true, false
          FROM identity o
         WHERE address_key(o.email) = address_key(${email}) AND o.email_verified AND o.provider = ANY (${WAYS_TO_SIGN_IN}::text[])
      ) i
      JOIN account a ON a.user_id = i.user_id AND a.status <> 'deleted'
      LEFT JOIN password p ON p.user_id = a.user_id
     ORDER BY i.proven DESC, i.own DESC, a.created_at, a.user_id LIMIT 1`;
  return row === undefined ? undefined : { ...row, revision: row.revision ?? undefined };
}

/** The address that a user signs in with by code or password, or `undefined`. */
export async function signInAddress({ prisma }: Db, userId: string): Promise<string | undefined> {
  const identity = await prisma.identity.findFirst({
    where: { userId, provider: 'email' },
    orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }],
    select: { subject: true },
  });
  return identity?.subject;
}

/** The address that an account signed up with and nobody has proven, or `undefined`. */
export async function unprovenAddress({ prisma }: Db, userId: string): Promise<string | undefined> {
  const identity = await prisma.identity.findFirst({
    where: { userId, provider: 'email', emailVerified: false, account: { status: 'active' } },
    select: { subject: true },
  });
  return identity?.subject;
}

/** Takes an account's address for proven: the function `identity_prove`. Returns false where another account has proven it. */
export async function proveAddress(
  db: Db,
  userId: string,
  email: string,
  digests: readonly Buffer[],
): Promise<boolean> {
  const { proven } = await db.one(z.object({ proven: z.boolean() }))`
    SELECT identity_prove(${userId}::uuid, address_key(${email}), ${digests}::bytea[]) AS proven`;
  return proven;
}
