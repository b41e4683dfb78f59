import { OUTBOX_RETENTION, type Retention, type TableLives } from '@turnpike/service-kit';

/** What counts against the tests of an hour is of no use after a day. */
const STORAGE_TESTS: Retention = { table: 'storage_test', column: 'last_tested_at', keptSeconds: 86_400 };

/** What users keeps for a time. */
export const RETENTIONS: readonly Retention[] = [OUTBOX_RETENTION, STORAGE_TESTS];

/** The tables that the sweep has nothing to do with. */
export const STAYING: TableLives = {
  app_user: { life: 'one row for each user; after an erasure its bare id' },
  archive_run: { life: 'one row for each kind of archive' },
  audit_archive: {
    life: 'one row for each file that was archived stays: each is proved by the digest of the one before',
  },
  audit_archive_due: { life: 'until that day of the organisation is archived', endedBy: 'the job archive' },
  audit_period: { life: 'one row for each day stays' },
  config_value: {
    life: 'one row for each key that an organisation, or operators, have changed',
    endedBy: 'the reset of that key',
  },
  erasure: { life: 'the receipt of each erasure stays', metric: 'turnpike_erasure_oldest_open_seconds' },
  erasure_step: { life: 'with its receipt, one row for each place', metric: 'turnpike_erasures_open' },
  external_identity: { life: 'one row for each id that a user is known by', endedBy: 'the erasure' },
  organisation_export: { life: 'a week after it was written; its files go first', endedBy: 'the job exports' },
  organisation_export_page: { life: 'with its export', endedBy: 'the job exports' },
  signed_up_lineage: { life: 'for as long as sign-up credits are granted once only (docs/privacy.md)' },
  storage_settings: { life: 'one row for each organisation with a store of its own', endedBy: 'the reset' },
};
