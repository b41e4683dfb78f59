/** Failures in a row that open it. */
const FAILURES_MAX = 5;
/** Share of failures that opens it, among so many calls of the latest span. */
const FAILED_SHARE = 0.5;
const CALLS_MIN = 20;
const SPAN_MS = 30_000;
/** How long nothing is sent, in milliseconds; then one call tries. */
const OPEN_MS = 30_000;

/** Stops sending to a vendor that fails with one credential. Answers below 500 are no failures, and neither is a client that leaves. */
export class Breaker {
  readonly #nowMs: () => number;
  #inRow = 0;
  #failed = 0;
  #calls = 0;
  #spanStartMs = 0;
  #openUntilMs = 0;
  #probing = false;

  /** `nowMs`: milliseconds of a clock that never steps. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Milliseconds until a call may be tried; 0 where one may be made now. A call that is let through after an opening is alone until it ends. */
  enter(): number {
    if (this.#openUntilMs === 0) return 0;
    const leftMs = this.#openUntilMs - this.#nowMs();
    if (leftMs > 0) return leftMs;
    if (this.#probing) return OPEN_MS;
    this.#probing = true;
    return 0;
  }

  succeeded(): void {
    this.#count(false);
    this.#inRow = 0;
    this.#close();
  }

  failed(): void {
    this.#count(true);
    this.#inRow += 1;
    const often = this.#calls >= CALLS_MIN && this.#failed / this.#calls >= FAILED_SHARE;
    if (this.#probing || this.#inRow >= FAILURES_MAX || often) this.#openUntilMs = this.#nowMs() + OPEN_MS;
    this.#probing = false;
  }

  /** The call ended without saying anything of the vendor. */
  saidNothing(): void {
    this.#probing = false;
  }

  get open(): boolean {
    return this.#openUntilMs !== 0;
  }

  #close(): void {
    this.#openUntilMs = 0;
    this.#probing = false;
  }

  #count(failed: boolean): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#spanStartMs > SPAN_MS) {
      this.#spanStartMs = nowMs;
      this.#calls = 0;
      this.#failed = 0;
    }
    this.#calls += 1;
    if (failed) this.#failed += 1;
  }
}
