import {
  extendReservation,
  inspectReservation,
  releaseReservation,
  reserveCredits,
  settleReservation,
  type CreditOwner,
  type EndpointSpec,
} from '@turnpike/contracts';
import { AppError, fillPath, readRefusal, unavailable } from '@turnpike/service-kit';
import type { Cause, InternalAnswer, InternalHttp } from './internal-http.ts';

/** What is held: the price of an operation, or an amount of micro-credits, as digits. */
export type HeldFor =
  | { readonly operation: string }
  | { readonly amountMicro: string; readonly transactionType: 'llm' };

export interface ReserveRequest {
  /** Whose credits. */
  readonly payer: CreditOwner;
  readonly what: HeldFor;
  /** Names the hold; the same key is the same hold. */
  readonly key: string;
  /** Who is to work for it, where several may ask under one key: the hold is of the first, and the others get `idempotency.conflict`. */
  readonly attempt?: string | undefined;
  readonly ttlSeconds: number;
}

/** A hold as the ledger recorded it. Amounts are micro-credits. */
export interface Reserved {
  readonly id: string;
  readonly amount: bigint;
  /** Version of the price, where the ledger says it. */
  readonly priceVersion: number | undefined;
  /** What its owner can spend besides. */
  readonly available: bigint;
}

/** What became of a hold: it is open, or it ended with a charge or without one. */
export type Fate = 'open' | 'charged' | 'uncharged';

/** What becomes of a hold in the end. `amount` is micro-credits, as digits: it waits in queues as JSON. */
export type Resolution = { readonly action: 'settle'; readonly amount: string } | { readonly action: 'release' };

/**
 * The ledger, as callers use it while a call runs. Every method throws `service.unavailable` when credits does not answer, and names the hold that it is
 * about, so it may be repeated.
 */
export class Ledger {
  readonly #http: InternalHttp;

  constructor(http: InternalHttp) {
    this.#http = http;
  }

  /**
   * Holds credits. Throws the ledger's refusal: 402 with `cost` and `balance`, 409 for another's hold, 410 for a released key, 422 for an unknown
   * operation, 423.
   */
  async reserve({ payer, what, key, attempt, ttlSeconds }: ReserveRequest, cause: Cause): Promise<Reserved> {
    const whose = payer.type === 'user' ? { user_id: payer.id } : { owner: payer };
    const held =
      'operation' in what
        ? { operation: what.operation }
        : { amount_micro: what.amountMicro, transaction_type: what.transactionType };
    const body = { ...whose, ...held, idempotency_key: key, attempt, ttl_seconds: ttlSeconds };
    const answer = await this.#http.callRepeatably(reserveCredits.path, body, cause);
    if (answer.status !== 201) throw oursIfMalformed(refusal(answer, reserveCredits));
    const hold = reserveCredits.responses[201].safeParse(answer.body);
    if (!hold.success) throw unavailable('The credits service', 'a reservation broke its contract');
    const { reservation_id, amount_micro, balance_after_micro, price_version } = hold.data;
    return {
      id: reservation_id,
      amount: BigInt(amount_micro),
      priceVersion: price_version,
      available: BigInt(balance_after_micro),
    };
  }

  /**
   * Charges or returns a hold, named by its id or its key; safe to repeat. Throws 404 and 409 as the ledger answers
   * them.
   */
  async resolve(id: string, resolution: Resolution, cause: Cause): Promise<void> {
    const settling = resolution.action === 'settle';
    const endpoint = settling ? settleReservation : releaseReservation;
    const path = fillPath(endpoint.path, { id });
    const answer = await this.#http.callRepeatably(path, settling ? { amount_micro: resolution.amount } : {}, cause);
    if (answer.status !== 200) throw refusal(answer, endpoint);
  }

  /** What became of a hold, named by its id or its key; an expired one is given back for good. Throws 404 for one that there is not. */
  async fateOf(id: string, cause: Cause): Promise<Fate> {
    const answer = await this.#http.callRepeatably(fillPath(inspectReservation.path, { id }), undefined, cause);
    const hold = inspectReservation.responses[200].safeParse(answer.body);
    if (answer.status !== 200 || !hold.success) throw refusal(answer, inspectReservation);
    switch (hold.data.state) {
      case 'open':
        return 'open';
      case 'released':
        return 'uncharged';
      case 'settled':
        return hold.data.charged_micro === '0' ? 'uncharged' : 'charged';
      case 'expired':
        return (await this.#endUncharged(id, cause)) ? 'uncharged' : 'charged';
    }
  }

  /**
   * Gives a hold that expired back for good, as a charge that comes later must not go by the hold of work that somebody is about to repeat. False
   * where that charge has come.
   */
  async #endUncharged(id: string, cause: Cause): Promise<boolean> {
    try {
      await this.resolve(id, { action: 'release' }, cause);
      return true;
    } catch (error) {
      if (!isResolved(error)) throw error;
    }
    // It was settled, so this asks what for and changes nothing.
    const answer = await this.#http.callRepeatably(fillPath(settleReservation.path, { id }), {}, cause);
    const settled = settleReservation.responses[200].safeParse(answer.body);
    if (answer.status !== 200 || !settled.success) throw refusal(answer, settleReservation);
    return settled.data.charged_micro === '0';
  }

  /** Keeps a hold for `ttlSeconds` from now. Throws 409 for one that has ended. */
  async extend(id: string, ttlSeconds: number, cause: Cause): Promise<void> {
    const answer = await this.#http.callRepeatably(
      fillPath(extendReservation.path, { id }),
      { ttl_seconds: ttlSeconds },
      cause,
    );
    if (answer.status !== 200) throw refusal(answer, extendReservation);
  }
}

/** A request that the ledger cannot read was written by us, not by the client. */
function oursIfMalformed(error: AppError): AppError {
  return error.code.startsWith('request.')
    ? new AppError('service.internal', { detail: 'Something went wrong on our side.', cause: error })
    : error;
}

/** Whether the ledger refused because a hold has ended otherwise. */
function isResolved(error: unknown): boolean {
  return error instanceof AppError && error.code === 'credits.reservation_resolved';
}

/** The ledger's refusal as ours. */
function refusal({ status, body }: InternalAnswer, { id }: EndpointSpec): AppError {
  const { code, detail, extra } = readRefusal('credits', id, status, body);
  return new AppError(code, { detail, extra });
}
