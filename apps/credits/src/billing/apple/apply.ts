import { z } from 'zod';
import { uuidv7 } from '@turnpike/service-kit';
import { toMicro } from '../../domain/amounts.ts';
import type { Db } from '../../stores/database.ts';
import { end, type BillingTools } from '../running.ts';
import {
  findByProviderRef,
  findRunning,
  planOfPrice,
  tellOfSubscription,
  type LockedAccount,
} from '../stores/subscriptions.ts';
import type { AppleSettings } from './settings.ts';
import type { AppleTransaction } from './shapes.ts';
import { subscriptionAfter, type Period, type Told } from './state.ts';

/** What purchases are taken over with. */
export interface PurchaseTools extends BillingTools {
  readonly config: BillingTools['config'] & Pick<AppleSettings, 'APPLE_PRODUCTS'>;
}

/** What came of it: applied, or why nothing was. */
export type Applied = 'applied' | 'unknown_product' | 'second_subscription' | 'account_closed';

/**
 * Takes over a transaction of the App Store for its buyer, in a transaction of the database that locked the account. What it pays, who pays next, and
 * whether it was revoked are each decided by what was signed or bought last, so transactions and notifications come twice and in any order.
 */
export async function applyTransaction(
  db: Db,
  tools: PurchaseTools,
  account: LockedAccount,
  bought: AppleTransaction,
  told?: Told,
): Promise<Applied> {
  const applied =
    bought.expiresAt === undefined
      ? await buyCredits(db, tools, account, bought)
      : await payPeriod(db, tools, account, { ...bought, expiresAt: bought.expiresAt }, told);
  if (applied === 'applied') await followRevocation(db, bought);
  return applied;
}

async function buyCredits(
  db: Db,
  { config }: PurchaseTools,
  account: LockedAccount,
  { id, productId, quantity }: AppleTransaction,
): Promise<Applied> {
  const credits = config.APPLE_PRODUCTS[productId];
  if (credits === undefined) return 'unknown_product';
  const { grant } = await db.one(z.object({ grant: z.string().nullable() }))`
    SELECT billing_buy_credits(${account.id}::uuid, 'apple', ${id}, ${toMicro(credits * quantity)}) AS grant`;
  return grant === null ? 'account_closed' : 'applied';
}

async function payPeriod(
  db: Db,
  tools: PurchaseTools,
  account: LockedAccount,
  period: Period,
  told: Told | undefined,
): Promise<Applied> {
  const planId = await planOfPrice(db, 'apple', period.productId);
  if (planId === undefined) return 'unknown_product';
  const next = told?.renewal?.nextProductId;
  const nextPlanId = next === undefined ? undefined : await planOfPrice(db, 'apple', next);
  // A later buyer in the same household pays for their own account.
  const providerRef = `${period.originalId}:${period.userId ?? ''}`;
  const known = await findByProviderRef(db, 'apple', providerRef);
  const { now } = account;
  const seen = { planId, nextPlanId, period, told, now, graceDays: tools.config.BILLING_GRACE_DAYS };
  const data = { ...subscriptionAfter(known, seen), providerRef };
  const running = await findRunning(db, account.id);
  if (running !== undefined && running.id !== known?.id && data.status !== 'canceled') {
    if (running.provider === 'apple' || running.provider === 'stripe') return 'second_subscription';
    await end(db, running, now, 'replaced');
  }
  const id = known?.id ?? uuidv7();
  if (known !== undefined) await db.prisma.subscription.update({ where: { id }, data });
  else await db.prisma.subscription.create({ data: { id, accountId: account.id, provider: 'apple', ...data } });
  const { purchasedAt, expiresAt } = period;
  if (period.isTrial)
    await db.prisma.$executeRaw`
      SELECT billing_grant_trial(${account.id}::uuid, ${planId}, ${purchasedAt}::timestamptz, ${expiresAt}::timestamptz)`;
  else
    await db.prisma.$executeRaw`
      SELECT billing_pay_transaction(${id}::uuid, ${planId}, 'apple', ${period.id}, ${purchasedAt}::timestamptz, ${expiresAt}::timestamptz)`;
  await tellOfSubscription(db, account.id);
  return 'applied';
}

/** Takes back what a revoked transaction brought, or gives it back, by what was signed last. */
async function followRevocation({ prisma }: Db, { id, isRevoked, signedAt }: AppleTransaction): Promise<void> {
  const { count } = await prisma.payment.updateMany({
    where: { provider: 'apple', reference: id, OR: [{ seenAt: null }, { seenAt: { lte: signedAt } }] },
    data: { seenAt: signedAt },
  });
  if (count === 0) return;
  if (isRevoked) await prisma.$executeRaw`SELECT billing_reverse('apple', ${id})`;
  else await prisma.$executeRaw`SELECT billing_reinstate('apple', ${id})`;
}
