import type { PersonalTable } from '@turnpike/service-kit';

/**
 * Every table of this database that holds personal data. A new table belongs here or in `IMPERSONAL_TABLES`; a test fails until it does.
 */
export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    // The organisation's store stays, without who set it.
    table: 'storage_settings',
    section: undefined,
    exportSql: undefined,
    eraseSql: 'UPDATE storage_settings SET updated_by = NULL WHERE updated_by = $1::uuid',
  },
  {
    // An export is the organisation's, and goes by itself; it stays without who asked for it.
    table: 'organisation_export',
    section: undefined,
    exportSql: undefined,
    eraseSql: 'UPDATE organisation_export SET requested_by = NULL WHERE requested_by = $1::uuid',
  },
  {
    // Before the address itself goes. An organisation's settings stay, without the address and without who set them.
    table: 'config_value',
    section: undefined,
    exportSql: undefined,
    eraseSql: `UPDATE config_value v
                  SET value = CASE WHEN v.key IN ('alerts.email', 'branding.support_email')
                                    AND lower((v.value #>> '{}') COLLATE "C") = lower(u.email COLLATE "C") THEN NULL ELSE v.value END,
                      updated_by = CASE WHEN v.updated_by = u.id THEN NULL ELSE v.updated_by END,
                      version = v.version + 1, updated_at = clock_timestamp()
                 FROM app_user u
                CROSS JOIN LATERAL (
                  SELECT a.organisation_id, a.key FROM config_value a
                   WHERE a.key IN ('alerts.email', 'branding.support_email')
                     AND lower((a.value #>> '{}') COLLATE "C") = lower(u.email COLLATE "C")
                  UNION SELECT b.organisation_id, b.key FROM config_value b WHERE b.updated_by = u.id) AS theirs
                WHERE u.id = $1::uuid AND v.organisation_id = theirs.organisation_id AND v.key = theirs.key`,
  },
  {
    table: 'app_user',
    section: 'user',
    exportSql: `SELECT id, email, email_verified, display_name, tier, plan_tier, status, created_at, updated_at FROM app_user WHERE id = $1::uuid`,
    // The bare id stays as a tombstone, so that it answers 410 and is never given out again.
    eraseSql: `UPDATE app_user
                  SET email = NULL, email_verified = false, display_name = NULL, tier = 'free', plan_tier = NULL,
                      tier_without_plan = NULL, status = 'deleted',
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
  storage_test: 'when an organisation tried its store',
  archive_run: 'up to when archives are written',
  audit_period: 'where days of the audit trail begin and end',
  audit_archive_due: 'what of the audit trail is to be archived',
  audit_archive: 'digests of files, and how many entries each has',
  organisation_export_page: 'digests of files of exports, and how many records each has',
  erasure: 'receipts: that a bare user id was erased, and when',
  erasure_step: 'where an erasure has been, and how many rows went',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
