import { USER_ID, USERS } from './people.ts';

/**
 * What services that have run for a while hold beside people and their credits, a row of each kind per user `$1` to `$2`, the last exclusive.
 * Nothing of it is due, so that no job begins by working through it.
 */

const SOON = "now() + interval '1 hour'";
const DELIVERED = `id, type, payload, created_at, delivered_at) SELECT pg_temp.bench_id(20, i), 'audit.recorded', '{}', now(), now() FROM ${USERS}`;
const digest = (kind: string): string => `sha256(('${kind} ' || i)::bytea)`;

export const AUTH_TRACES_SQL = [
  `INSERT INTO verification_code (id, purpose, recipient_digest, network_digest, code_digest, expires_at)
   SELECT pg_temp.bench_id(10, i), 'sign_in', ${digest('recipient')}, ${digest('network')}, ${digest('code')}, ${SOON} FROM ${USERS}`,
  `INSERT INTO known_network (recipient_digest, network_digest, signed_in_at) SELECT ${digest('recipient')}, ${digest('network')}, now() FROM ${USERS}`,
  `INSERT INTO remembered_identity (digest, lineage_id) SELECT ${digest('identity')}, lineage_id FROM ${USERS} JOIN account a ON a.user_id = ${USER_ID}`,
  `INSERT INTO verification_window (bucket, started_at, ends_at, used) SELECT 'bench:' || i, now(), ${SOON}, 1 FROM ${USERS}`,
  `INSERT INTO idempotency (scope, key_digest, request_digest, attempt, locked_until)
   SELECT 'user:' || ${USER_ID} || ':keys.create', ${digest('key')}, ${digest('request')}, pg_temp.bench_id(11, i), now() FROM ${USERS}`,
  `INSERT INTO browser_sign_in (state_digest, binding_digest, provider, sealed, redirect_uri, expires_at)
   SELECT ${digest('state')}, ${digest('binding')}, 'google', '', 'https://app.example/', ${SOON} FROM ${USERS}`,
  `INSERT INTO sign_in_code (digest, user_id, method, expires_at) SELECT ${digest('code')}, ${USER_ID}, 'google', ${SOON} FROM ${USERS}`,
  `INSERT INTO used_proof (digest, expires_at) SELECT ${digest('proof')}, ${SOON} FROM ${USERS}`,
  `INSERT INTO first_sign_in (address, provider, external_key, expires_at)
   SELECT 'first' || i || '@bench.example', 'google', 'google:first' || i, ${SOON} FROM ${USERS}`,
  `INSERT INTO provider_grant (user_id, provider, client_id, token_sealed) SELECT ${USER_ID}, 'apple', 'app', '' FROM ${USERS}`,
  `INSERT INTO provider_revocation (provider, client_id, token_sealed, next_attempt_at) SELECT 'apple', 'app', '', ${SOON} FROM ${USERS}`,
  `INSERT INTO unlinked_identity (id, user_id, provider, subject) SELECT pg_temp.bench_id(12, i), ${USER_ID}, 'github', 'removed ' || i FROM ${USERS}`,
  `INSERT INTO revocation (kind, target_id, at, published_at)
   SELECT 'session', pg_temp.bench_id(13, i), least(now(), now() - interval '40 hours' + i * interval '20 seconds'), now() FROM ${USERS} ORDER BY i`,
  `INSERT INTO outbox (${DELIVERED}`,
];

/** Users that were erased are others, by number: the receipts stay when their people are gone. */
export const USERS_TRACES_SQL = [
  `INSERT INTO signed_up_lineage (lineage_id) SELECT pg_temp.bench_id(21, i) FROM ${USERS}`,
  `INSERT INTO erasure (id, user_id, requested_by, requested_at, completed_at)
   SELECT pg_temp.bench_id(14, i), pg_temp.bench_id(15, i), 'user', pg_temp.bench_time(i), pg_temp.bench_time(i) FROM ${USERS}`,
  `INSERT INTO erasure_step (erasure_id, target, phase, done_at, erased)
   SELECT pg_temp.bench_id(14, i), target, 1, pg_temp.bench_time(i), '{}' FROM ${USERS}, unnest(ARRAY['auth', 'credits', 'redis']) AS target`,
  // Erasures that wait for a service that is down: some steps are due again later, others when those are done.
  `INSERT INTO erasure (id, user_id, requested_by) SELECT pg_temp.bench_id(18, i), pg_temp.bench_id(19, i), 'user' FROM ${USERS} WHERE i % 2 = 0`,
  `INSERT INTO erasure_step (erasure_id, target, phase, next_attempt_at)
   SELECT pg_temp.bench_id(18, i), target, phase, at FROM ${USERS}, (VALUES ('auth', 1, ${SOON}), ('redis', 2, 'infinity')) AS step (target, phase, at) WHERE i % 2 = 0`,
  `INSERT INTO outbox (${DELIVERED}`,
];

export const CREDITS_TRACES_SQL = [
  `INSERT INTO allowance (account_id, plan, anchor_at, next_due_at)
   SELECT pg_temp.bench_id(5, i), (SELECT min(id) FROM plan), now(), now() + interval '1 month' FROM ${USERS}`,
  `INSERT INTO idempotency (scope, key_digest, request_hash, result)
   SELECT 'user:' || ${USER_ID}, ${digest('key')}, ${digest('request')}, '{}' FROM ${USERS}`,
  `INSERT INTO erased_owner (owner_digest) SELECT ${digest('owner')} FROM ${USERS}`,
  `INSERT INTO outbox (${DELIVERED}`,
];

export const EXAMPLE_TRACES_SQL = [
  `INSERT INTO timepoint (id, user_id, query, preset, generate_image, status, title, completed_at)
   SELECT pg_temp.bench_id(16, i), ${USER_ID}::text, 'Moon landing', 'balanced', false, 'completed', 'Moon landing', now() FROM ${USERS}`,
  `INSERT INTO moment (id, path, name, one_liner, visibility, created_by, status)
   SELECT pg_temp.bench_id(17, i), 'bench/' || i, 'Moment', 'A moment', CASE i % 2 WHEN 0 THEN 'public' ELSE 'private' END, ${USER_ID}::text, 'completed' FROM ${USERS}`,
  `INSERT INTO erased_user (user_id) SELECT pg_temp.bench_id(15, i)::text FROM ${USERS}`,
];
