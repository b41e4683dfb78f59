import { ceilCredits, floorCredits } from '@turnpike/contracts';
import type { Logger } from '@turnpike/service-kit';
import type { Cause } from '../neighbours/internal-http.ts';
import type { Ledger, Reserved, Resolution } from '../neighbours/ledger.ts';
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
  readonly #available: bigint;
  readonly #tools: HoldTools;
  readonly #cause: Cause;
  readonly #extension: NodeJS.Timeout;
  #resolving: Promise<void> | undefined;

  constructor(reserved: Reserved, cause: Cause, tools: HoldTools) {
    this.id = reserved.id;
    this.amount = reserved.amount;
    this.#available = reserved.available;
    this.#cause = cause;
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
    return { charged: ceilCredits(charged), remaining: floorCredits(this.#available + this.amount - charged) };
  }

  /** Charges `amount` micro-credits; resolves when that is recorded, or safe in the queue of retries. */
  settle(amount: bigint): Promise<void> {
    return this.#resolve({ action: 'settle', amount: amount.toString() });
  }

  /** Gives everything back; resolves as `settle` does. */
  release(): Promise<void> {
    return this.#resolve({ action: 'release' });
  }

  #resolve(resolution: Resolution): Promise<void> {
    if (this.#resolving !== undefined) return this.#resolving;
    clearInterval(this.#extension);
    this.#tools.onResolve(resolution.action);
    this.#resolving = this.#tools.settlements.resolve({ id: this.id, resolution, cause: this.#cause });
    return this.#resolving;
  }

  async #extend(): Promise<void> {
    try {
      await this.#tools.ledger.extend(this.id, this.#tools.ttlSeconds, this.#cause);
    } catch (err) {
      // A hold that expires early is still charged when it is settled, so the request goes on.
      this.#tools.logger.warn({ err, reservationId: this.id }, 'hold was not extended');
    }
  }
}
