import type { Db } from '../../database.ts';
import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { revocationRow } from '../../revocations/stores/revocations.ts';

/** What a subscription gives an organisation. */
export interface GivenBySubscription {
  readonly organisationId: string;
  readonly subscriptionId: string | null;
  readonly plan: string | null;
  readonly status: string | null;
  readonly tier: string;
  readonly limits: Readonly<Record<string, number>>;
  /** Grows with each change. */
  readonly revision: number;
}

/** Records what a subscription gives, and that edges must ask anew; nothing where a later change is known. */
export function noteSubscription(db: Db, given: GivenBySubscription): Promise<RecordedRevocation[]> {
  return db.many(revocationRow)`
    WITH changed AS (
      UPDATE organisation SET subscription_id = ${given.subscriptionId}::uuid, plan = ${given.plan}, subscription_status = ${given.status}, tier = ${given.tier},
             limits = ${JSON.stringify(given.limits)}::jsonb, subscription_revision = ${given.revision}::bigint, updated_at = clock_timestamp()
       WHERE id = ${given.organisationId}::uuid AND subscription_revision < ${given.revision}::bigint RETURNING id
    )
    INSERT INTO revocation (kind, target_id) SELECT 'account', changed.id FROM changed RETURNING id, kind, target_id, at`;
}

/** Whether something of the organisation's subscription is unpaid, as far as credits has told. */
export async function hasUnpaidInvoice({ prisma }: Db, organisationId: string): Promise<boolean> {
  const found = await prisma.organisation.findUnique({
    where: { id: organisationId },
    select: { subscriptionStatus: true },
  });
  return found?.subscriptionStatus === 'past_due';
}
