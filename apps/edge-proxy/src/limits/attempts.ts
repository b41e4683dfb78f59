import { WaitingLine, type Waiting } from '../waiting-line.ts';

/** Attempts of one address that may wait, and how long each, in milliseconds. */
const WAITING_MAX = 512;
const WAIT_MS_MAX = 10_000;

/**
 * Attempts with credentials that nobody has vouched for yet, by address. No more of them may be under way than the address may still fail, so
 * that a flood is stopped at its limit however many come at once; good ones only wait a little for each other.
 */
export class Attempts {
  readonly #addresses = new Map<string, AddressAttempts>();

  /** Those of an address, by the name under which its failures are counted. Forgotten once none is under way: do not keep it across a wait. */
  of(address: string): AddressAttempts {
    const attempts = this.#addresses.get(address);
    if (attempts === undefined) {
      const made = new AddressAttempts(() => {
        if (this.#addresses.get(address) === made) this.#addresses.delete(address);
      });
      this.#addresses.set(address, made);
      return made;
    }
    return attempts;
  }
}

/** Attempts of one address. */
export class AddressAttempts {
  readonly #line = new WaitingLine<true>({ waitingMax: WAITING_MAX, timeoutMs: WAIT_MS_MAX });
  readonly #onIdle: () => void;
  #underWay = 0;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** Whether another one may begin, of at most `max`; then it is counted until `leave`. */
  enter(max: number): boolean {
    if (this.#underWay >= max) return false;
    this.#underWay += 1;
    return true;
  }

  /** A place among those who wait until one has ended; then how many may fail must be looked up again. Throws `LineRefusal`. */
  join(): Waiting<true> {
    return this.#line.join();
  }

  leave(): void {
    this.#underWay -= 1;
    this.next();
  }

  /** Lets the next one check: an attempt has ended, or whose turn it was did not begin. */
  next(): void {
    if (this.#line.size > 0) this.#line.serveOne(true);
    else if (this.#underWay === 0) this.#onIdle();
  }
}
