import type { ExportedTable } from '@turnpike/service-kit';

/** How one table's rows of a person are exported and erased. `$1` is the account's id. */
interface PersonalTable extends ExportedTable {
  /** What an erasure does to the rows; `ledger_erase_owner` does it, in one transaction. */
  readonly erasure: string;
}

/**
 * Every table that says something about a person, by way of the account they own; a test fails until a new one is here
 * or in `IMPERSONAL_TABLES`. Amounts stay after an erasure: without the owner they are nobody's, and the books must
 * still add up.
 */
export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    table: 'account',
    section: 'credit_account',
    exportSql: `SELECT status, balance::text AS balance_micro, held::text AS held_micro, debt::text AS debt_micro, earned::text AS earned_micro,
                       spent::text AS spent_micro, created_at, closed_at FROM account WHERE id = $1::uuid`,
    erasure: 'the owner is forgotten, the account closed',
  },
  {
    table: 'grant',
    section: 'credit_grants',
    exportSql: `SELECT id, amount::text AS amount_micro, remaining::text AS remaining_micro, priority, effective_at, expires_at, source, source_ref,
                       voided_at, created_at FROM "grant" WHERE account_id = $1::uuid ORDER BY created_at, id`,
    erasure: 'the source reference, which names the person or a payment of theirs, is replaced',
  },
  {
    table: 'reservation',
    section: 'credit_reservations',
    // Resolved holds that charged something are entries of the history; the others moved nothing.
    exportSql: `SELECT id, amount::text AS amount_micro, operation, created_at, expires_at FROM reservation
                 WHERE account_id = $1::uuid AND state = 'open' ORDER BY created_at, id`,
    erasure: 'nothing: it names the account only',
  },
  {
    table: 'allowance',
    section: 'credit_allowances',
    exportSql:
      'SELECT plan, anchor_at, next_due_at, ended_at, created_at FROM allowance WHERE account_id = $1::uuid ORDER BY plan',
    erasure: 'it ends',
  },
  {
    table: 'subscription',
    section: 'subscriptions',
    exportSql: `SELECT plan, provider, status, provider_ref, current_period_start, current_period_end, trial_ends_at, started_at, ended_at
                  FROM subscription WHERE account_id = $1::uuid ORDER BY id`,
    erasure:
      "it ends, and the provider's ids of it are forgotten; where it is an organisation's, so is that its free plan counts for the person",
  },
  {
    table: 'payment',
    section: 'payments',
    exportSql: `SELECT provider, reference, plan, period_start, period_end, paid_at, reversed_at FROM payment
                 WHERE account_id = $1::uuid ORDER BY created_at, reference`,
    erasure: "the provider's reference is replaced by a digest",
  },
  {
    table: 'transfer',
    section: 'credit_history',
    exportSql: undefined,
    erasure: 'nothing: it never changes, and names the account only',
  },
  {
    table: 'entry_note',
    section: undefined,
    exportSql: undefined,
    erasure: 'the rows are deleted; until then they are part of the history',
  },
];

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  price: 'the price list',
  plan: 'the plans',
  plan_price: 'names of plans at payment providers',
  billing_customer: 'which customer of Stripe an organisation is; no person has one',
  billing_event: "providers' ids of what they told, without what it was",
  outbox:
    'ids of organisations and their plans, of accounts and grants, amounts, and bare user ids in reports to the audit trail, until a day after delivery',
  idempotency: 'digests of keys, and ids and amounts of commands, for two days',
  erased_owner: 'digests of the ids of users that are no more, so that nothing late brings their account back',
  ledger_total: 'sums over all accounts',
  verification: 'counts of what the last verification found',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
