import { z } from 'zod';
import { userStatus, type UserStatus } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

/** What auth keeps of a user. */
export interface Account {
  readonly userId: string;
  readonly status: UserStatus;
  readonly tier: string;
  readonly lastLoginAt: Date | null;
  /** Grows each time the account is stopped. */
  readonly revision: bigint;
}

/** The account of a user, or `undefined`. */
export async function findAccount({ prisma }: Db, userId: string): Promise<Account | undefined> {
  const select = { userId: true, status: true, tier: true, lastLoginAt: true, revision: true };
  const account = await prisma.account.findUnique({ where: { userId }, select });
  return account === null ? undefined : { ...account, status: userStatus.parse(account.status) };
}

/** Records a user; one that is known stays as it is. */
export async function noteAccount({ prisma }: Db, userId: string, tier: string): Promise<void> {
  await prisma.account.createMany({ data: { userId, tier }, skipDuplicates: true });
}

const activation = z.object({ noted: z.boolean() });

/**
 * Records what users said of an active user: its tier, and that it may sign in; a new tier is recorded for the edges.
 * Returns false, changing nothing, where the account was stopped since `revision` was read, or is deleted.
 */
export async function setActive(db: Db, userId: string, tier: string, revision: bigint): Promise<boolean> {
  const { noted } = await db.one(
    activation,
  )`SELECT account_set_active(${userId}::uuid, ${tier}, ${revision}::bigint) AS noted`;
  return noted;
}

/**
 * Disables or closes an account and ends all its sessions. Returns the revocation, or nothing where it was so already.
 */
export async function stopAccount(
  db: Db,
  userId: string,
  status: 'disabled' | 'deleted',
): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`SELECT * FROM account_stop(${userId}::uuid, ${status}, ${`account_${status}`})`;
}
