import { ceilCredits, floorCredits } from '@turnpike/contracts';
import { isTracing, startSpan, type Logger } from '@turnpike/service-kit';
import type { Ledger, Reserved, Resolution } from './ledger.ts';
import type { Settlement } from './settlement.ts';
import type { Settlements } from './settlements.ts';

export interface HoldTools {
  readonly ledger: Ledger;
  readonly settlements: Settlements;
  readonly ttlSeconds: number;
  readonly logger: Logger;
  /** Told when a hold opens and when it is resolved. */
  readonly onOpen: () => void;
  readonly onResolve: (action: Resolution['action']) => void;
}

/** Whose credits are held, what for, and the request that holds them. */
export type HoldPurpose = Pick<Settlement, 'userId' | 'organisationId' | 'operation' | 'cause'>;

/** What a client is told in whole credits: a charge rounded up, what remains rounded down. */
export interface Told {
  readonly charged: number;
  readonly remaining: number;
}

/** Credits held for one request. It resolves exactly once; while the request runs its life is extended. */
export class Hold {
  readonly id: string;
  /** Micro-credits. */
  readonly amount: bigint;
  /** `undefined` where an amount was named. */
  readonly operation: string | undefined;
  /** Of the price it was made under. */
  readonly priceVersion: number | undefined;
  /** What was decided to be charged, in micro-credits; nothing while undecided and where it was released. */
  charged: bigint | undefined;
  /** Told once its end is decided. */
  onDecided: (() => void) | undefined;
  readonly #available: bigint;
  readonly #tools: HoldTools;
  readonly #purpose: HoldPurpose;
  readonly #extension: NodeJS.Timeout;
  #resolving: Promise<Settlement | undefined> | undefined;

  constructor(reserved: Reserved, purpose: HoldPurpose, tools: HoldTools) {
    this.id = reserved.id;
    this.amount = reserved.amount;
    this.operation = purpose.operation;
    this.priceVersion = reserved.priceVersion;
    this.#available = reserved.available;
    this.#purpose = purpose;
    this.#tools = tools;
    this.#extension = setInterval(() => void this.#extend(), (tools.ttlSeconds * 1_000) / 2);
    this.#extension.unref();
    tools.onOpen();
  }

  /** Whether its end has been decided. */
  get resolved(): boolean {
    return this.#resolving !== undefined;
  }

  /** What the client is told when the request costs `charged` micro-credits. */
  told(charged: bigint): Told {
    return { charged: ceilCredits(charged), remaining: floorCredits(this.left(charged)) };
  }

  /** Micro-credits that can be spent when the request costs `charged`. */
  left(charged: bigint): bigint {
    const left = this.#available + this.amount - charged;
    return left > 0n ? left : 0n;
  }

  /** Charges `amount` micro-credits. Resolves with nothing when that is recorded, and with what the ledger is still to be told otherwise. */
  settle(amount: bigint): Promise<Settlement | undefined> {
    return this.#resolve({ action: 'settle', amount: amount.toString() });
  }

  /** Returns all the credits; resolves as `settle` does. */
  release(): Promise<Settlement | undefined> {
    return this.#resolve({ action: 'release' });
  }

  #resolve(resolution: Resolution): Promise<Settlement | undefined> {
    if (this.#resolving !== undefined) return this.#resolving;
    clearInterval(this.#extension);
    this.#tools.onResolve(resolution.action);
    const { cause } = this.#purpose;
    const span = isTracing() ? startSpan(resolution.action, 'internal', cause.traceparent) : undefined;
    const within = span === undefined ? cause : { ...cause, traceparent: span.traceparent };
    const settlement = { ...this.#purpose, cause: within, id: this.id, resolution };
    this.#resolving = this.#tools.settlements.resolve(settlement).then((recorded) => {
      span?.end(recorded ? undefined : 'waits');
      return recorded ? undefined : settlement;
    });
    if (resolution.action === 'settle') this.charged = BigInt(resolution.amount);
    this.onDecided?.();
    return this.#resolving;
  }

  async #extend(): Promise<void> {
    try {
      await this.#tools.ledger.extend(this.id, this.#tools.ttlSeconds, this.#purpose.cause);
    } catch (err) {
      // A hold that expires early is still charged when it is settled, so the request goes on.
      this.#tools.logger.warn({ err, reservationId: this.id }, 'hold was not extended');
    }
  }
}
