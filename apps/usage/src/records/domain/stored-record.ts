import type { ModelCall } from '@turnpike/contracts';

/** A record as it is read. Times are microseconds, amounts micro-credits. */
export interface StoredRecord {
  readonly at: Date;
  readonly id: string;
  readonly requestId: string;
  readonly caller: string;
  readonly userId: string | null;
  readonly organisationId: string | null;
  readonly environment: string | null;
  readonly keyId: string | null;
  readonly keyPrefix: string | null;
  readonly projectId: string | null;
  readonly sessionId: string | null;
  readonly service: string | null;
  readonly tier: string | null;
  readonly route: string | null;
  readonly upstream: string | null;
  readonly addressClass: string | null;
  readonly method: string;
  /** The pattern of the route. */
  readonly path: string | null;
  readonly status: number;
  readonly durationUs: number;
  readonly firstByteUs: number | null;
  readonly upstreamUs: number | null;
  readonly attempts: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly limitName: string | null;
  readonly limitMax: number | null;
  readonly limitWindowSeconds: number | null;
  readonly limitRemaining: number | null;
  readonly limitResetSeconds: number | null;
  readonly limitDegraded: boolean;
  readonly code: string | null;
  readonly failure: string | null;
  readonly scope: string | null;
  readonly requiredRole: string | null;
  readonly replayOf: string | null;
  readonly operation: string | null;
  readonly priceVersion: number | null;
  readonly holdId: string | null;
  readonly heldMicro: bigint | null;
  readonly chargedMicro: bigint | null;
  readonly chargeState: string | null;
  readonly cost: number | null;
  readonly balance: number | null;
  readonly modelCall: ModelCall | null;
}

/** Whose records: a person's own use, what they did within an organisation, an organisation's, or everybody's. */
export type Whose =
  | { readonly kind: 'person'; readonly userId: string }
  | { readonly kind: 'member'; readonly userId: string; readonly organisationId: string; readonly environment: string }
  | { readonly kind: 'organisation'; readonly organisationId: string; readonly environment: string }
  | { readonly kind: 'everybody' };

/** Which records. Status is a class (`4xx`) or a code. */
export interface RecordFilter {
  readonly whose: Whose;
  readonly from: Date;
  readonly to: Date;
  readonly status?: string | undefined;
  readonly keyId?: string | undefined;
  readonly userId?: string | undefined;
  readonly organisationId?: string | undefined;
  readonly route?: string | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly hasViolation?: boolean | undefined;
  /** Micro-credits. */
  readonly chargedMin?: bigint | undefined;
}

/** Which of them, from the newest. `before` goes on after the record of that id. */
export interface RecordPage {
  readonly limit: number;
  readonly offset: number;
  readonly before?: string | undefined;
}
