import { z } from 'zod';
import type { Db } from '../../stores/database.ts';

/** Time of a plan that was paid. */
export interface PaidTerm {
  readonly accountId: string;
  readonly planId: string;
  /** Start of period 0, from which all others are counted. */
  readonly anchorAt: Date;
  readonly from: Date;
  /** Exclusive. */
  readonly until: Date;
  /** False where what runs now was granted in another way. */
  readonly grantsRunning: boolean;
}

/** Lets the plan's periods of that time be granted, those that have begun at once. In a transaction that locked the account for it. */
export async function fund({ prisma }: Db, term: PaidTerm): Promise<void> {
  await prisma.$executeRaw`
    SELECT ledger_fund_allowance(${term.accountId}::uuid, ${term.planId}, ${term.anchorAt}::timestamptz, ${term.from}::timestamptz,
      ${term.until}::timestamptz, ${term.grantsRunning})`;
}

/** Ends a plan's allowance; what it granted stays. */
export async function endAllowance({ prisma }: Db, accountId: string, planId: string, now: Date): Promise<void> {
  await prisma.allowance.updateMany({ where: { accountId, planId, endedAt: null }, data: { endedAt: now } });
}

/** From when an account's periods of a plan are counted; `undefined` where it was never on it. */
export async function anchorOf({ prisma }: Db, accountId: string, planId: string): Promise<Date | undefined> {
  const found = await prisma.allowance.findUnique({
    where: { accountId_planId: { accountId, planId } },
    select: { anchorAt: true },
  });
  return found?.anchorAt;
}

const term = z.object({ until: z.date() });

/** When so many periods end that begin at `from`. */
export async function termEnd(
  db: Db,
  { anchorAt, period, from, periods }: { anchorAt: Date; period: string; from: Date; periods: number },
): Promise<Date> {
  const { until } = await db.one(term)`
    SELECT billing_term_end(${anchorAt}::timestamptz, ${period}, ${from}::timestamptz, ${periods}::int) AS until`;
  return until;
}
