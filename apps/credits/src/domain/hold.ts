import type { TransactionType } from '@turnpike/contracts';
import type { Owner } from './owner.ts';

/** A hold to make. Exactly one of `amount` and `operation` is given. */
export interface HoldRequest {
  readonly id: string;
  readonly owner: Owner;
  /** Micro-credits. */
  readonly amount?: bigint | undefined;
  /** What is held is its price. */
  readonly operation?: string | undefined;
  /** With `amount`; an operation has its own. */
  readonly transactionType?: TransactionType | undefined;
  readonly ttlMs: number;
  /** What makes a request under the same id the same; see `requestDigest`. */
  readonly requestHash: Buffer;
  readonly actor: string;
}

/** Amounts are micro-credits. */
export type HoldResult =
  | {
      readonly outcome: 'reserved';
      readonly id: string;
      readonly amount: bigint;
      readonly available: bigint;
      readonly expiresAt: Date;
      /** Of the price, where the hold is for an operation. */
      readonly priceVersion: number | undefined;
      /** The hold was made before, by the same request. */
      readonly replayed: boolean;
    }
  | { readonly outcome: 'insufficient'; readonly amount: bigint; readonly available: bigint }
  | { readonly outcome: 'gone' | 'conflict' | 'closed' | 'operation_unknown' };

/** Keeps an open hold alive: it ends no earlier than `ttlMs` from now, and no later than `lifeMsMax` after it was made. */
export interface HoldExtension {
  readonly id: string;
  /** Only this owner's hold is found. */
  readonly owner: Owner | undefined;
  readonly ttlMs: number;
  readonly lifeMsMax: number;
}

export type ExtensionResult =
  | { readonly outcome: 'extended'; readonly id: string; readonly expiresAt: Date }
  | { readonly outcome: 'resolved' | 'not_found' };
