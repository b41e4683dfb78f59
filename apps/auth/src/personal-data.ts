import type { PersonalTable } from '@turnpike/service-kit';

/** Addresses that are a person's. */
const OWN_ADDRESSES = `SELECT address_key(i.email) FROM identity i
  WHERE i.user_id = $1::uuid AND (i.email_verified OR i.provider = 'email')`;

/**
 * Every table of this database that holds personal data, in the order in which rows may go. A new table belongs here or in
 * `IMPERSONAL_TABLES`; a test fails until it does.
 */
export const PERSONAL_TABLES: readonly PersonalTable[] = [
  {
    table: 'provider_grant',
    section: 'provider_connections',
    exportSql: `SELECT provider, client_id, created_at FROM provider_grant WHERE user_id = $1::uuid ORDER BY created_at, client_id`,
    // The connection is ended at the provider too: the token moves, without a name, to where the job finds it.
    eraseSql: `WITH gone AS (DELETE FROM provider_grant WHERE user_id = $1::uuid RETURNING provider, client_id, token_sealed)
               INSERT INTO provider_revocation (provider, client_id, token_sealed) SELECT provider, client_id, token_sealed FROM gone`,
  },
  {
    table: 'unlinked_identity',
    section: 'removed_identities',
    exportSql: `SELECT provider, subject, unlinked_at FROM unlinked_identity WHERE user_id = $1::uuid ORDER BY unlinked_at, id`,
    eraseSql: 'DELETE FROM unlinked_identity WHERE user_id = $1::uuid',
  },
  {
    table: 'sign_in_code',
    section: undefined,
    exportSql: undefined,
    eraseSql: 'DELETE FROM sign_in_code WHERE user_id = $1::uuid',
  },
  {
    // A minute's note; what it says is in the identity.
    table: 'first_sign_in',
    section: undefined,
    exportSql: undefined,
    eraseSql: `DELETE FROM first_sign_in WHERE address IN (
                 SELECT f.address FROM identity i JOIN first_sign_in f ON f.external_key = i.provider || ':' || i.subject WHERE i.user_id = $1::uuid
                 UNION ALL
                 SELECT address_key(email) FROM identity WHERE user_id = $1::uuid)`,
  },
  {
    table: 'membership',
    section: 'organisations',
    exportSql: `SELECT m.organisation_id, o.name, m.role, m.status, m.joined_at
                  FROM membership m JOIN organisation o ON o.id = m.organisation_id WHERE m.user_id = $1::uuid ORDER BY m.joined_at, m.id`,
    eraseSql: 'DELETE FROM membership WHERE user_id = $1::uuid',
  },
  {
    table: 'invite',
    section: 'invitations',
    exportSql: `SELECT organisation_id, email, role, invited_by = $1::uuid AS sent, created_at, expires_at, accepted_at, declined_at, revoked_at
                  FROM invite
                 WHERE invited_by = $1::uuid
                    OR email = ANY (ARRAY(SELECT address_key(email) FROM identity WHERE user_id = $1::uuid AND email_verified))
                 ORDER BY created_at, id`,
    // Those that the person sent name somebody else, and their sender by a bare id.
    eraseSql: `DELETE FROM invite WHERE accepted_by = $1::uuid
                  OR email = ANY (ARRAY(SELECT address_key(email) FROM identity WHERE user_id = $1::uuid AND email_verified))`,
  },
  {
    // The organisation stays, for its other members.
    table: 'organisation',
    section: undefined,
    exportSql: undefined,
    eraseSql: `UPDATE organisation SET billing_email = NULL
                WHERE created_by = $1::uuid
                  AND address_key(billing_email) IN (SELECT address_key(email) FROM identity WHERE user_id = $1::uuid)`,
  },
  {
    table: 'operator',
    section: 'operator_role',
    exportSql: 'SELECT role, granted_at FROM operator WHERE user_id = $1::uuid',
    eraseSql: 'DELETE FROM operator WHERE user_id = $1::uuid',
  },
  {
    table: 'password',
    section: 'password',
    exportSql: 'SELECT changed_at FROM password WHERE user_id = $1::uuid',
    eraseSql: 'DELETE FROM password WHERE user_id = $1::uuid',
  },
  {
    table: 'registration',
    section: 'sign_ups',
    exportSql: `SELECT email, first_name, last_name, created_at, expires_at FROM registration
                 WHERE email IN (${OWN_ADDRESSES}) ORDER BY created_at, id`,
    eraseSql: `DELETE FROM registration WHERE email IN (${OWN_ADDRESSES})`,
  },
  {
    table: 'reset_token',
    section: 'password_resets',
    exportSql: `SELECT email, created_at, expires_at FROM reset_token WHERE email IN (${OWN_ADDRESSES}) ORDER BY created_at, expires_at`,
    eraseSql: `DELETE FROM reset_token WHERE email IN (${OWN_ADDRESSES})`,
  },
  {
    table: 'identity',
    section: 'identities',
    exportSql: `SELECT provider, subject, email, email_verified, display_name, linked_at, last_used_at
                  FROM identity WHERE user_id = $1::uuid ORDER BY linked_at, id`,
    eraseSql: 'DELETE FROM identity WHERE user_id = $1::uuid',
  },
  {
    table: 'session',
    section: 'sessions',
    exportSql: `SELECT id, method, device, user_agent, address, created_at, last_used_at, expires_at, ended_at, end_reason
                  FROM session WHERE user_id = $1::uuid ORDER BY created_at, id`,
    eraseSql: 'DELETE FROM session WHERE user_id = $1::uuid',
  },
  {
    table: 'api_key',
    section: 'api_keys',
    exportSql: `SELECT id, project_id, name, prefix, scopes, rate_limit_per_minute, created_at, last_used_at,
                       least(expires_at, retires_at) AS expires_at, revoked_at, revoke_reason, paused_at,
                       organisation_id, environment, constraints, metadata
                  FROM api_key WHERE user_id = $1::uuid ORDER BY created_at, id`,
    eraseSql: 'DELETE FROM api_key WHERE user_id = $1::uuid',
  },
  {
    table: 'project',
    section: 'projects',
    exportSql:
      'SELECT id, name, created_at, updated_at, deleted_at FROM project WHERE user_id = $1::uuid ORDER BY created_at, id',
    eraseSql: 'DELETE FROM project WHERE user_id = $1::uuid',
  },
  {
    table: 'idempotency',
    section: undefined,
    exportSql: undefined,
    eraseSql: "DELETE FROM idempotency WHERE scope LIKE 'user:' || $1::uuid || ':%'",
  },
  {
    table: 'audit_event',
    section: 'security_log',
    exportSql: `SELECT at, action, actor, method, session_id, address, user_agent,
                       CASE actor WHEN 'operator' THEN detail - ARRAY['operator', 'reason'] ELSE detail END AS detail
                  FROM audit_event WHERE user_id = $1::uuid ORDER BY at, id`,
    // The event stays, for the operator's statistics; whose it was and from where does not.
    // Of what an operator did to others only the operator goes.
    eraseSql: `WITH acted AS (
                 UPDATE audit_event SET operator_id = NULL WHERE operator_id = $1::uuid AND user_id IS DISTINCT FROM $1::uuid
               )
               UPDATE audit_event
                  SET user_id = NULL, session_id = NULL, operator_id = nullif(operator_id, $1::uuid), address = NULL, user_agent = NULL,
                      request_id = NULL, detail = '{}'
                WHERE user_id = $1::uuid`,
  },
  {
    table: 'account',
    section: 'sign_in',
    exportSql:
      'SELECT status, tier, first_name, last_name, last_login_at, created_at FROM account WHERE user_id = $1::uuid',
    // The bare id stays as a tombstone, so that nothing late brings the account back.
    eraseSql: `UPDATE account SET last_login_at = NULL, first_name = NULL, last_name = NULL, tier = 'free', lineage_id = gen_random_uuid()
                WHERE user_id = $1::uuid AND status = 'deleted'`,
  },
];

/** Tables without personal data, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  signing_key: 'keys of the service itself',
  revocation: 'bare ids of sessions, keys and users, for two days',
  verification_code: 'addresses and codes as keyed hashes, until a day after the code ends',
  known_network: 'addresses and the client networks that signed in to them, as keyed hashes, for 90 days',
  verification_window: 'counters by keyed hashes of addresses, for an hour',
  organisation_slug: 'names of organisations in addresses',
  outbox: 'bare user ids, until a week after delivery',
  browser_sign_in: 'attempts that nobody has finished, as digests and sealed, for ten minutes',
  used_proof: 'digests of tokens, while those live',
  remembered_identity: 'keyed digests of identities and random ids, so that nobody is new twice',
  digest_key: 'sealed keys of the service itself',
  provider_revocation: 'sealed tokens without a name, until they are revoked',
  _prisma_migrations: 'names of migrations',
  _turnpike_functions: 'names and digests of the files of SQL functions',
};
