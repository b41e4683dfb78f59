import type { LiveExchanges } from './live-exchanges.ts';

export interface ExpiryWatchOptions {
  readonly live: LiveExchanges;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

/** How often the exchanges under way are checked, in milliseconds. */
const CHECK_EVERY_MS = 500;
/** An answer that has just begun may end by itself: an ordinary one without a length is not cut off in the middle. In milliseconds. */
const BEGUN_MS_MIN = 2_000;

/**
 * Ends WebSockets and streams when the token or key that opened them expires. One check of all now and then, rather
 * than a timer for each, since a date may be further off than a timer reaches.
 */
export class ExpiryWatch {
  readonly #options: ExpiryWatchOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: ExpiryWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const { live, now, monotonicMs } = this.#options;
    const nowMs = now();
    const begunBeforeMs = monotonicMs() - BEGUN_MS_MIN;
    for (const exchange of live) {
      const endless = (exchange.endlessSinceMs ?? Number.POSITIVE_INFINITY) <= begunBeforeMs;
      if (endless && exchange.credentialEndsMs <= nowMs) exchange.request.socket.destroy();
    }
  }
}
