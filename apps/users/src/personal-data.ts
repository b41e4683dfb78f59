import type { PersonalTable } from '@turnpike/service-kit';

/**
 * Every table of this database that holds personal data. A new table belongs here or in `IMPERSONAL_TABLES`; a test fails until it does.
 */
export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    table: 'app_user',
    section: 'user',
    exportSql: `SELECT id, email, email_verified, display_name, tier, status, created_at, updated_at FROM app_user WHERE id = $1::uuid`,
    // The bare id stays as a tombstone, so that it answers 410 and is never given out again.
    eraseSql: `UPDATE app_user
                  SET email = NULL, email_verified = false, display_name = NULL, tier = 'free', status = 'deleted',
                      deleted_at = coalesce(deleted_at, clock_timestamp()), updated_at = clock_timestamp()
                WHERE id = $1::uuid`,
  },
  {
    table: 'external_identity',
    section: 'external_ids',
    exportSql: `SELECT namespace, key, created_at FROM external_identity WHERE user_id = $1::uuid ORDER BY created_at, namespace, key`,
    eraseSql: 'DELETE FROM external_identity WHERE user_id = $1::uuid',
  },
];

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  outbox: 'events carry bare user ids, and go a week after delivery',
  signed_up_lineage: 'random ids of people who had the sign-up credits',
  erasure: 'receipts: that a bare user id was erased, and when',
  erasure_step: 'where an erasure has been, and how many rows went',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
