import type { Reported } from '../usage/usage.ts';

/** How a batch ended. */
export type BatchEnd = 'completed' | 'failed' | 'expired' | 'cancelled';

/** What a vendor's description of a batch says that decides something. */
export interface BatchFacts {
  readonly id: string;
  /** `undefined` while it is under way. */
  readonly end: BatchEnd | undefined;
  /** Files that it has made; of Anthropic, whose results have a path of their own, none. */
  readonly files: readonly string[];
  /** The one with the answers. */
  readonly outputFile: string | undefined;
  /** Requests that were answered. */
  readonly answered: number;
  /** What it says itself that it used, where it does. */
  readonly reported: Reported | undefined;
  readonly model: string | undefined;
  /** By which a batch is known whose id nobody was told. */
  readonly inputFile: string | undefined;
  /** Epoch milliseconds. */
  readonly createdMs: number;
}

/** One request's result: answered, with what it used where that is said, or not. */
export interface RequestResult {
  readonly answered: boolean;
  readonly reported: Reported | undefined;
  readonly model: string | undefined;
}
