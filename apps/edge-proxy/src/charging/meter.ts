import type { Hold, Told, Settlement } from '@turnpike/ledger-client';
import { isSuccess } from './charge.ts';
import { parseCost } from './cost.ts';
import { endAttempt, type IdempotentAttempt } from './idempotent-attempt.ts';

export interface MeterOptions {
  readonly hold: Hold;
  /** Records the answer for repetitions under the client's key. */
  readonly attempt: IdempotentAttempt | undefined;
  /** Whether the upstream may name the true cost. */
  readonly trusted: boolean;
  /** Told when a cost was named that could not be charged as it was: no number, several, or more than was held. */
  readonly onUnusableCost: () => void;
}

/** Follows one metered response: what it costs, what the client is told of it, and what becomes of the hold. */
export class Meter {
  readonly #options: MeterOptions;
  /** Micro-credits; `undefined` where the response is no success. */
  #charged: bigint | undefined;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** The response's head has come. Returns what its headers tell the client. */
  begin(status: number, cost: string | undefined): Told {
    const { hold } = this.#options;
    this.#charged = isSuccess(status) ? hold.amount : undefined;
    this.#take(cost);
    return hold.told(this.#charged ?? 0n);
  }

  /** A stream knows its true cost only at its end, so a trusted upstream may name it in a trailer. */
  trailer(cost: string | undefined): void {
    this.#take(cost);
  }

  /** The response is complete, and the client has all but its end. Resolves when charge and answer are on record. */
  async complete(): Promise<void> {
    const { attempt } = this.#options;
    if (this.#charged === undefined || attempt?.keepable !== true) {
      await this.abandon();
      return;
    }
    // An answer that can be had again before its charge is on record would be one for nothing if this process ended between the two.
    await this.#resolve();
    await attempt.keep();
  }

  /** The client broke off what had begun: the work was done, and is charged as far as it is known. */
  async abandon(): Promise<void> {
    await endAttempt(this.#resolve(), this.#options.attempt);
  }

  /** The response broke off: nothing is charged for a part of an answer. */
  async fail(): Promise<void> {
    await endAttempt(this.#options.hold.release(), this.#options.attempt);
  }

  #resolve(): Promise<Settlement | undefined> {
    const { hold } = this.#options;
    return this.#charged === undefined ? hold.release() : hold.settle(this.#charged);
  }

  #take(cost: string | undefined): void {
    const { hold, trusted, onUnusableCost } = this.#options;
    if (cost === undefined || !trusted || this.#charged === undefined) return;
    const amount = parseCost(cost);
    if (amount === undefined || amount > hold.amount) onUnusableCost();
    if (amount !== undefined) this.#charged = amount < hold.amount ? amount : hold.amount;
  }
}
