import type { Settled } from './settle.ts';

/** How a call ended for those who keep count. */
export interface Ended {
  /** What the vendor answered; `undefined` where it did not. */
  readonly status: number | undefined;
  readonly settled: Settled | undefined;
  /** The vendor may have the request. */
  readonly sent: boolean;
  readonly model: string | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly latencyMs: number | undefined;
  /** Milliseconds until the first text of a stream. */
  readonly ttftMs: number | undefined;
  readonly finishReason: string | undefined;
  readonly responseBytes: number;
  readonly stream: boolean;
  readonly clientLeft: boolean;
  /** Of policies, in the request and in the answer. */
  readonly violations: number;
  /** What the vendor's breaker is to make of it. */
  readonly verdict: 'succeeded' | 'failed' | 'nothing';
}
