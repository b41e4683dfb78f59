import { AppError, isStoreOutage, unavailable, type GatewayIdentity, type Logger } from '@turnpike/service-kit';
import type { Database } from '../database.ts';
import { inCredits } from '../prices/in-credits.ts';
import { endSpend, takeSpend, type SpendBound } from './stores/spend-store.ts';

/** What a call may cost, in micro-credits: at most, and at least where it may be cut short. */
export interface CostBounds {
  readonly whole: bigint;
  readonly least: bigint;
}

/** What a call holds of the limit of its key. */
export interface SpendHold {
  /** Micro-credits. */
  readonly amount: bigint;
  /** Notes what was charged instead. Never rejects: what is not noted, the ledger is asked for later. */
  end(chargedMicro: bigint): Promise<void>;
}

export interface SpendLimitsOptions {
  readonly database: Database;
  /** After how long the ledger is asked what became of a hold, in seconds. */
  readonly checkSeconds: number;
  readonly logger: Logger;
}

/** Limits of what keys may spend: what is held and what is spent stay within them together. A call that costs more than was held may pass them by that. */
export class SpendLimits {
  readonly #options: SpendLimitsOptions;

  constructor(options: SpendLimitsOptions) {
    this.#options = options;
  }

  /**
   * Takes of the limit of the caller's key; `undefined` where it has none. `name`: that of the hold in the ledger. Throws 402 where too little is
   * left, 503 while the database is down.
   */
  async take(identity: GatewayIdentity, name: string, bounds: CostBounds): Promise<SpendHold | undefined> {
    const limit = identity.keyConstraints?.spend_limit;
    const { keyId } = identity;
    if (limit === undefined || keyId === undefined) return undefined;
    const { database, checkSeconds } = this.#options;
    const bound: SpendBound = { limitMicro: BigInt(Math.round(limit.credits * 1e6)), period: limit.period };
    const { taken, spent, held } = await takeSpend(database, { id: name, keyId, ...bounds }, bound, checkSeconds).catch(
      (error: unknown) => {
        throw isStoreOutage(error) ? unavailable('The LLM gateway', error) : error;
      },
    );
    if (taken === null) throw reached(bound, spent, held, bounds);
    return { amount: taken, end: (chargedMicro) => this.#end(name, chargedMicro) };
  }

  async #end(name: string, chargedMicro: bigint): Promise<void> {
    const { database, logger } = this.#options;
    try {
      await endSpend(database, name, chargedMicro, true);
    } catch (err) {
      logger.warn({ err, reservationId: name }, 'what a key spent was not noted; the ledger will be asked');
    }
  }
}

const SPANS = { day: 'a day', week: 'a week', month: 'a month', total: 'in all' } as const;

function reached({ limitMicro, period }: SpendBound, spent: bigint, held: bigint, { whole }: CostBounds): AppError {
  return new AppError('llm.spend_limit_reached', {
    detail:
      `This API key may spend ${inCredits(limitMicro)} credits ${SPANS[period]}; ${inCredits(spent)} are spent and ${inCredits(held)} held by calls ` +
      `under way, and this call may cost up to ${inCredits(whole)}.`,
    extra: { limit: inCredits(limitMicro), period, spent: inCredits(spent), cost: inCredits(whole) },
  });
}
