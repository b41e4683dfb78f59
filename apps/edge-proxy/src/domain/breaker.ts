/** Whether an address may be tried. `half-open` admits one request to find out. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failuresMax: number;
  /** How long it refuses before one request may try, in milliseconds. */
  readonly openMs: number;
}

/** Stops requests to an address that keeps failing, so they fail at once instead of after a time-out. Time is handed in, in milliseconds of a clock that never steps. */
export class Breaker {
  readonly #settings: BreakerSettings;
  #failures = 0;
  #openUntilMs = 0;
  #trying = false;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  state(nowMs: number): BreakerState {
    if (this.#failures < this.#settings.failuresMax) return 'closed';
    return nowMs < this.#openUntilMs || this.#trying ? 'open' : 'half-open';
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** A request goes to the address now; in the half-open state it is the one that finds out. */
  begin(nowMs: number): void {
    if (this.state(nowMs) === 'half-open') this.#trying = true;
  }

  success(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  failure(nowMs: number): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures >= this.#settings.failuresMax) this.#openUntilMs = nowMs + this.#settings.openMs;
  }

  /** The request ended without telling anything about the address, such as when its client left. */
  unknown(): void {
    this.#trying = false;
  }
}
