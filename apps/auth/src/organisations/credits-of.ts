import { readBalance } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

/** What an organisation can spend now, what is held and what it owes, in whole credits; null while the ledger does not answer. */
export async function creditsOf(
  { bestEffort, logger }: Pick<Context, 'bestEffort' | 'logger'>,
  id: string,
): Promise<{ balance: number; held: number; debt: number } | null> {
  try {
    const query = { owner_type: 'organisation', owner_id: id } as const;
    const { balance, held, debt } = await bestEffort.credits.call(readBalance, { query });
    return { balance, held, debt };
  } catch (err) {
    if (!(err instanceof AppError) || err.status < 500) throw err;
    logger.warn({ err }, 'answered without credits');
    return null;
  }
}
