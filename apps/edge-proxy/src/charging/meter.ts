import { chargeFor, parseCost, type Charge } from './charge.ts';
import type { FirstAttempt } from './first-attempt.ts';
import type { Hold } from './hold.ts';

export interface MeterOptions {
  readonly hold: Hold;
  /** Records the answer for repetitions under the client's key. */
  readonly attempt: FirstAttempt | undefined;
  /** Whether the upstream may name the true cost. */
  readonly trusted: boolean;
  /** Told when a cost was named that could not be charged as it was: no number, or more than was held. */
  readonly onUnusableCost: () => void;
}

/** Follows one metered response: what it costs, what the client is told of it, and what becomes of the hold. */
export class Meter {
  readonly #options: MeterOptions;
  #charge: Charge = { action: 'release' };

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** The response's head has come. Gives the whole credits that are charged and that remain, for its headers. */
  begin(status: number, cost: string | undefined): { readonly charged: number; readonly remaining: number } {
    const { hold, trusted } = this.#options;
    this.#charge = chargeFor({ status, held: hold.amount, cost: trusted ? cost : undefined });
    if (trusted && this.#charge.action === 'settle') this.#check(cost);
    const charged = this.#charge.action === 'settle' ? this.#charge.amount : 0;
    return { charged, remaining: hold.balanceAfter + hold.amount - charged };
  }

  /** A stream knows its true cost only at its end, so a trusted upstream may name it in a trailer. */
  trailer(cost: string | undefined): void {
    const amount = this.#options.trusted ? parseCost(cost) : undefined;
    if (this.#charge.action === 'release') return;
    this.#check(cost);
    if (amount !== undefined) this.#charge = { action: 'settle', amount };
  }

  /** The response is complete, and the client has all but its end. Resolves when charge and answer are on record. */
  async complete(): Promise<void> {
    const { attempt } = this.#options;
    const charged = this.#charge.action === 'settle';
    await Promise.all([this.#resolve(), charged ? attempt?.keep() : attempt?.drop()]);
  }

  /** The client broke off what had begun: the work was done, and is charged as far as it is known. */
  async abandon(): Promise<void> {
    await Promise.all([this.#resolve(), this.#options.attempt?.drop()]);
  }

  /** The response broke off: nothing is charged for a part of an answer. */
  async fail(): Promise<void> {
    await Promise.all([this.#options.hold.release(), this.#options.attempt?.drop()]);
  }

  #resolve(): Promise<void> {
    const { hold } = this.#options;
    return this.#charge.action === 'settle' ? hold.settle(this.#charge.amount) : hold.release();
  }

  #check(cost: string | undefined): void {
    if (cost === undefined) return;
    const amount = parseCost(cost);
    if (amount === undefined || amount > this.#options.hold.amount) this.#options.onUnusableCost();
  }
}
