import { z } from 'zod';
import type { CreditOwner } from '@turnpike/contracts';

/** The end of one hold, as it must be told to the ledger. It is kept as JSON, in queues and beside a client's key. */
export const settlementSchema = z.object({
  /** The hold's id, or the key that names it. */
  id: z.string(),
  /** Whose credits, and what for: needed where the hold turns out to be gone and the work is charged without it. */
  userId: z.string(),
  /** The organisation that pays in place of the user, where there is one. */
  organisationId: z.string().optional(),
  /** The operation of the price list; none where an amount was held. */
  operation: z.string().optional(),
  /** `amount` is micro-credits, as digits. */
  resolution: z.union([
    z.object({ action: z.literal('settle'), amount: z.string() }),
    z.object({ action: z.literal('release') }),
  ]),
  /**
   * The reserve that credits did not answer, where another attempt may have made the hold: it is asked for again, and only what this attempt made is
   * given back.
   */
  unanswered: z.object({ operation: z.string(), attempt: z.string(), ttlSeconds: z.number() }).optional(),
  cause: z.object({ requestId: z.string(), traceparent: z.string().optional() }),
});

export type Settlement = Readonly<z.output<typeof settlementSchema>>;

/** Names a settlement among those that wait: its hold, and the attempt where several may have asked for that. */
export function nameOfSettlement({ id, unanswered }: Settlement): string {
  return unanswered === undefined ? id : `${id}:${unanswered.attempt}`;
}

/** Whose credits a settlement is about. */
export function payerOfSettlement({
  userId,
  organisationId,
}: Pick<Settlement, 'userId' | 'organisationId'>): CreditOwner {
  return organisationId === undefined ? { type: 'user', id: userId } : { type: 'organisation', id: organisationId };
}
