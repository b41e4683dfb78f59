import type { Waiting, WaitingLine } from '../waiting-line.ts';

/** Callers with nothing under way that are remembered: making their share anew for every request would cost more than keeping it. */
const IDLE_SHARES_MAX = 10_000;

/** What each caller has under way at an upstream, so that one caller's use is never another's outage. */
export class CallerShares {
  readonly #shares = new Map<string, CallerShare>();
  readonly #newLine: () => WaitingLine<true>;

  /** Makes the line in which a caller's requests wait for each other. */
  constructor(newLine: () => WaitingLine<true>) {
    this.#newLine = newLine;
  }

  /** The share of a caller, by a name that nobody can choose for himself. */
  of(caller: string): CallerShare {
    let share = this.#shares.get(caller);
    if (share === undefined) {
      share = new CallerShare(this.#newLine(), () => {
        if (this.#shares.size > IDLE_SHARES_MAX) this.#shares.delete(caller);
      });
      this.#shares.set(caller, share);
    }
    return share;
  }
}

/** One caller's requests, streams and sockets at an upstream. */
export class CallerShare {
  readonly #line: WaitingLine<true>;
  readonly #onIdle: () => void;
  #underWay = 0;
  #max = 0;

  constructor(line: WaitingLine<true>, onIdle: () => void) {
    this.#line = line;
    this.#onIdle = onIdle;
  }

  /** Whether one more may begin, of at most `max`; then it is counted until `leave`. */
  enter(max: number): boolean {
    this.#max = max;
    if (this.#underWay >= max) return false;
    this.#underWay += 1;
    return true;
  }

  /** A place among the caller's requests that wait for another one to end; it is counted once it is its turn. Throws `LineRefusal`. */
  join(): Waiting<true> {
    return this.#line.join();
  }

  leave(): void {
    this.#underWay -= 1;
    if (this.#line.size > 0) this.#line.serve(() => (this.enter(this.#max) ? true : undefined));
    else if (this.#underWay === 0) this.#onIdle();
  }
}
