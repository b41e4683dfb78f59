import { readBalance, readSubscription, type Output } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

type Tools = Pick<Context, 'bestEffort' | 'logger'>;

/** What an organisation can spend now, what is held and what it owes, in whole credits; null while the ledger does not answer, or not all of it. */
export function creditsOf(tools: Tools, id: string): Promise<{ balance: number; held: number; debt: number } | null> {
  return orNull(tools, 'credits', async () => {
    const { balance, held, debt } = await tools.bestEffort.credits.call(readBalance, { query: ownedBy(id) });
    return { balance, held, debt };
  });
}

/** The subscription that an organisation has; null without one, and while the ledger does not answer. */
export function subscriptionOf(tools: Tools, id: string): Promise<Output<typeof readSubscription>['subscription']> {
  return orNull(tools, 'the subscription', async () => {
    const { subscription } = await tools.bestEffort.credits.call(readSubscription, { query: ownedBy(id) });
    return subscription;
  });
}

const ownedBy = (id: string) => ({ owner_type: 'organisation', owner_id: id }) as const;

async function orNull<T>({ logger }: Tools, what: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (err) {
    if (!(err instanceof AppError) || err.status < 500) throw err;
    logger.warn({ err }, `answered without ${what}`);
    return null;
  }
}
