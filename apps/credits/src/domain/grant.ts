import type { EventPayload, TransactionType } from '@turnpike/contracts';
import type { Owner } from './owner.ts';

/** An event for the audit trail, written with the change that it tells of. */
export type AuditReport = EventPayload<'audit.recorded'>;

/** Credits to grant, once per owner, source and reference. */
export interface Grant {
  readonly owner: Owner;
  /** Micro-credits. */
  readonly amount: bigint;
  readonly source: string;
  /** The grant's own id unless given, so that every call grants. */
  readonly sourceRef?: string | undefined;
  readonly transactionType: TransactionType;
  /** Lower is spent first; 100 unless given. */
  readonly priority?: number | undefined;
  /** Exclusive; never unless given. */
  readonly expiresAt?: Date | undefined;
  readonly description?: string | null | undefined;
  readonly actor: string;
  /** Sent if the call granted. */
  readonly report?: AuditReport | undefined;
}

/** Amounts are micro-credits. */
export type GrantResult =
  | {
      readonly outcome: 'granted';
      /** False where the reference was granted before. */
      readonly created: boolean;
      readonly grantId: string;
      readonly granted: bigint;
      readonly available: bigint;
    }
  | { readonly outcome: 'closed' | 'erased' | 'expired' | 'limit' };

/** What was taken back of a grant, and what stays held; micro-credits. */
export type VoidResult =
  | { readonly outcome: 'voided'; readonly voided: bigint; readonly held: bigint; readonly available: bigint }
  | { readonly outcome: 'not_found' };

/** What was forgiven, in micro-credits. */
export type WriteOffResult =
  | { readonly outcome: 'written_off'; readonly amount: bigint }
  | { readonly outcome: 'not_found' };

/** An owner on a plan. */
export type AllowanceResult =
  | { readonly outcome: 'active'; readonly plan: string; readonly anchorAt: Date; readonly nextDueAt: Date }
  | { readonly outcome: 'unknown_plan' | 'erased' | 'closed' };
