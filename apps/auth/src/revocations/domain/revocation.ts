import type { RevocationKind } from '@turnpike/contracts';

/** A revocation as it was recorded; `id` orders them. */
export interface RecordedRevocation {
  readonly id: bigint;
  readonly kind: RevocationKind;
  readonly target_id: string;
  readonly at: Date;
}
