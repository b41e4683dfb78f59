import { IDEMPOTENCY_RETENTION, OUTBOX_RETENTION, type Retention, type TableLives } from '@turnpike/service-kit';

/** What credits keeps for a time. */
export const RETENTIONS: readonly Retention[] = [
  IDEMPOTENCY_RETENTION,
  // The ledger tells of every grant, so delivered events are kept for a day.
  { ...OUTBOX_RETENTION, keptSeconds: 86_400 },
  // Longer than a provider repeats what it told.
  { table: 'billing_event', column: 'received_at', keptSeconds: 90 * 86_400 },
];

const BOOKS = 'stays: the books must add up to it';

/** The tables that the sweep has nothing to do with. */
export const STAYING: TableLives = {
  account: { life: 'one row for each owner of credits; after an erasure without the owner' },
  allowance: { life: 'one row for each account and plan' },
  billing_customer: { life: 'one row for each organisation that paid by Stripe' },
  entry_note: { life: 'with its entry, until the erasure', endedBy: 'the erasure' },
  erased_owner: { life: 'a digest for each erased owner stays, so that nothing late opens the account again' },
  grant: { life: BOOKS, metric: 'turnpike_ledger_job_lag_seconds{job="expire-grants"}' },
  ledger_total: { life: 'one row for each sum' },
  payment: { life: BOOKS },
  plan: { life: 'one row for each plan' },
  plan_price: { life: 'one row for each plan and price at a provider' },
  price: { life: 'one row for each version of a price' },
  reservation: { life: BOOKS, metric: 'turnpike_ledger_job_lag_seconds{job="expire-holds"}' },
  subscription: { life: BOOKS },
  transfer: { life: BOOKS, metric: 'turnpike_ledger_last_verified_timestamp_seconds' },
  verification: { life: 'one row for each invariant' },
};
