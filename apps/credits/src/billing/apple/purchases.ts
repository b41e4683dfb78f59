import type { Counter } from '@prometheus-io/client';
import { z } from 'zod';
import { AppError, type Logger } from '@turnpike/service-kit';
import { userOwner } from '../../domain/owner.ts';
import { accountClosed, invalidField } from '../../routes/refusals.ts';
import type { Db } from '../../stores/database.ts';
import { withAccount } from '../running.ts';
import { rememberEvent } from '../stores/events.ts';
import { applyTransaction, type Applied, type PurchaseTools } from './apply.ts';
import type { AppleNotification, AppleTransaction } from './shapes.ts';
import type { AppStoreReader } from './signed-data.ts';

/** What the App Store's word is handled with. */
export interface AppleTools extends PurchaseTools {
  readonly appStore: AppStoreReader;
  readonly logger: Logger;
  /** Counts notifications by what came of them. */
  readonly events: Counter<'outcome'>;
}

/** What came of a notification; all but an outage is 200 to Apple, which would send it again otherwise. */
type Outcome = Applied | 'repeated' | 'ignored' | 'no_account_token' | 'unknown_account';

/** What a purchase brought. */
export interface Purchase {
  /** Micro-credits, whenever they were granted. */
  readonly granted: bigint;
  readonly available: bigint;
  /** False where the purchase was known. */
  readonly created: boolean;
}

/**
 * Takes over a purchase that its buyer hands in. Throws 403 for another's or nobody's, 422 for a product that is not sold here, 409 for one whose money
 * went back and for a second subscription, 423 for a closed account.
 */
export async function takePurchase(tools: AppleTools, userId: string, bought: AppleTransaction): Promise<Purchase> {
  if (bought.userId !== userId.toLowerCase())
    throw new AppError('auth.forbidden', {
      detail: 'The purchase does not name this account: an app sets appAccountToken to the id of the user who buys.',
    });
  const { before, after } = await withAccount(tools, userOwner(userId), async (db, account) => {
    const had = await broughtBy(db, account.id, bought);
    const applied = await applyTransaction(db, tools, account, bought);
    if (applied !== 'applied') throw refusalOf(applied);
    return { before: had, after: await broughtBy(db, account.id, bought) };
  });
  if (after.reversed) throw new AppError('resource.conflict', { detail: 'The money of this purchase went back.' });
  const { granted, available, grants } = after;
  return { granted, available, created: grants > before.grants };
}

function refusalOf(applied: Exclude<Applied, 'applied'>): AppError {
  switch (applied) {
    case 'unknown_product':
      return invalidField('signed_transaction', 'This product is not sold here');
    case 'second_subscription':
      return new AppError('subscription.exists', {
        detail: 'Another subscription of this account is running. Apple gives the money of this one back on request.',
      });
    case 'account_closed':
      return accountClosed();
  }
}

const brought = z.object({ granted: z.bigint(), grants: z.bigint(), available: z.bigint(), reversed: z.boolean() });

/** What a transaction has granted up to now, and what can be spent. */
function broughtBy(db: Db, accountId: string, { id, purchasedAt, isRevoked }: AppleTransaction) {
  return db.one(brought)`
    SELECT coalesce(sum(g.amount), 0)::bigint AS granted, count(g.id) AS grants, a.balance - a.held AS available,
           ${isRevoked} OR coalesce(bool_or(p.reversed_at IS NOT NULL), false) AS reversed
      FROM account a LEFT JOIN payment p ON p.provider = 'apple' AND p.reference = ${id} AND p.account_id = a.id
      LEFT JOIN "grant" g ON g.account_id = a.id AND CASE
        WHEN g.source = 'trial' THEN g.effective_at = ${purchasedAt}::timestamptz
        WHEN g.source = 'apple_iap' THEN g.source_ref = p.reference
        ELSE g.source = 'plan:' || p.plan AND g.effective_at >= p.period_start AND g.effective_at < p.period_end END
     WHERE a.id = ${accountId}::uuid GROUP BY a.id`;
}

/** Does what a notification tells of, once. Rejects on an outage. */
export async function handleNotification(tools: AppleTools, notification: AppleNotification): Promise<Outcome> {
  const outcome = await outcomeOf(tools, notification);
  tools.events.inc({ outcome });
  if (outcome !== 'applied' && outcome !== 'repeated' && outcome !== 'ignored') {
    const { id, type, transaction } = notification;
    const purchase = { product: transaction?.productId, transaction: transaction?.id };
    tools.logger.warn({ notification: id, type, outcome, ...purchase }, 'a notification of Apple changed nothing');
  }
  return outcome;
}

async function outcomeOf(tools: AppleTools, notification: AppleNotification): Promise<Outcome> {
  const { transaction } = notification;
  if (transaction === undefined) return 'ignored';
  const { userId } = transaction;
  if (userId === undefined) return 'no_account_token';
  const account = await tools.database.prisma.account.findUnique({
    where: { ownerType_ownerId: { ownerType: 'user', ownerId: userId } },
  });
  if (account === null) return 'unknown_account';
  return withAccount(tools, userOwner(userId), async (db, locked) => {
    if (!(await rememberEvent(db, 'apple', notification))) return 'repeated';
    return applyTransaction(db, tools, locked, transaction, notification);
  });
}
