import type { TransactionType } from '@turnpike/contracts';
import type { Owner } from './owner.ts';

/** A hold to resolve: charged, or returned. */
export interface Resolution {
  readonly id: string;
  readonly action: 'settle' | 'release';
  /** Only this owner's hold is found. */
  readonly owner?: Owner | undefined;
  /** What the call cost, in micro-credits; the whole hold unless given. */
  readonly amount?: bigint | undefined;
  readonly actor: string;
}

/** Amounts are micro-credits; `replayed`: it was resolved so before. */
export type ResolutionResult =
  | {
      readonly outcome: 'settled';
      readonly transactionId: string;
      readonly charged: bigint;
      readonly available: bigint;
      /** What this settlement made debt of; 0 for a repetition. */
      readonly becameDebt: bigint;
      readonly replayed: boolean;
    }
  | {
      readonly outcome: 'released';
      readonly released: bigint;
      readonly available: bigint;
      readonly replayed: boolean;
      /** Nobody knew the id: it is remembered, so that a reserve that comes after is refused. */
      readonly tombstone: boolean;
    }
  | { readonly outcome: 'already_settled' | 'already_released' | 'not_found' };

/** A charge at once, without a hold. */
export interface Charge {
  readonly owner: Owner;
  /** Micro-credits. */
  readonly amount: bigint;
  readonly transactionType: TransactionType;
  readonly description?: string | null | undefined;
  readonly actor: string;
}

/** Amounts are micro-credits. */
export type ChargeResult =
  | { readonly outcome: 'spent'; readonly transactionId: string; readonly available: bigint }
  | { readonly outcome: 'insufficient'; readonly available: bigint }
  | { readonly outcome: 'closed' };
