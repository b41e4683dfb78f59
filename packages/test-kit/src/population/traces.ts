import type { Fill } from './fill.ts';
import { USER_ID } from './people.ts';

/**
 * What services that have run for a while hold beside people and their credits, a row of each kind per user. Nothing of it is due, so that
 * no job begins by working through it.
 */

const SOON = "now() + interval '1 hour'";
/** Of a type that nobody handles: a relay that finds Redis empty would hand the others over again. */
const OUTBOX: Fill = {
  table: 'outbox',
  columns: { id: 'pg_temp.bench_id(20, i)', type: "'bench.event'", delivered_at: 'now()' },
};

export const AUTH_TRACES: readonly Fill[] = [
  { table: 'verification_code', columns: { purpose: "'sign_in'" } },
  { table: 'password', columns: { user_id: USER_ID, phc: "'$argon2id$bench'" } },
  { table: 'registration', columns: { email: "'sign-up-' || i || '@example.com'", phc: "'$argon2id$bench'" } },
  { table: 'reset_token', columns: { email: "'reset-' || i || '@example.com'" } },
  { table: 'verification_window', columns: { bucket: "'bench:' || i" } },
  {
    table: 'idempotency',
    columns: { scope: `'user:' || ${USER_ID} || ':keys.create'` },
  },
  { table: 'browser_sign_in', columns: { provider: "'google'" } },
  { table: 'sign_in_code', columns: { user_id: USER_ID, method: "'google'" } },
  { table: 'used_proof', columns: {} },
  { table: 'first_sign_in', columns: { provider: "'google'" } },
  { table: 'provider_grant', columns: { user_id: USER_ID, provider: "'apple'", client_id: "'app'" } },
  { table: 'provider_revocation', columns: { provider: "'apple'", client_id: "'app'", next_attempt_at: SOON } },
  { table: 'unlinked_identity', columns: { user_id: USER_ID, provider: "'github'" } },
  {
    // Two days of them, as long as they are kept.
    table: 'revocation',
    columns: {
      kind: "'session'",
      at: "least(now(), now() - interval '40 hours' + i * interval '20 seconds')",
      published_at: 'now()',
    },
  },
  OUTBOX,
];

/** Erased users are others than the rest: their receipts stay when they are gone. */
export const USERS_TRACES: readonly Fill[] = [
  {
    table: 'erasure',
    columns: {
      id: 'pg_temp.bench_id(14, i)',
      requested_by: "'user'",
      requested_at: 'pg_temp.bench_time(i)',
      completed_at: 'pg_temp.bench_time(i)',
    },
  },
  {
    table: 'erasure_step',
    columns: {
      erasure_id: 'pg_temp.bench_id(14, i)',
      target: "'auth'",
      done_at: 'pg_temp.bench_time(i)',
      erased: "'{}'",
    },
  },
  // Some wait for a service that is down: one step is due again later, the other when that is done.
  {
    table: 'erasure',
    columns: { id: 'pg_temp.bench_id(18, i)', user_id: 'pg_temp.bench_id(19, i)', requested_by: "'user'" },
    where: 'i % 2 = 0',
  },
  {
    table: 'erasure_step',
    columns: { erasure_id: 'pg_temp.bench_id(18, i)', target: "'auth'", next_attempt_at: SOON },
    where: 'i % 2 = 0',
  },
  {
    table: 'erasure_step',
    columns: { erasure_id: 'pg_temp.bench_id(18, i)', target: "'redis'", phase: '2', next_attempt_at: "'infinity'" },
    where: 'i % 2 = 0',
  },
  { table: 'storage_settings', columns: { streams: "'{usage_logs}'", next_attempt_at: SOON } },
  OUTBOX,
];

export const CREDITS_TRACES: readonly Fill[] = [
  {
    table: 'allowance',
    columns: {
      account_id: 'pg_temp.bench_id(5, i)',
      plan: '(SELECT min(id) FROM plan)',
      next_due_at: "now() + interval '1 month'",
    },
  },
  { table: 'idempotency', columns: { scope: `'user:' || ${USER_ID}` } },
  { table: 'erased_owner', columns: {} },
  OUTBOX,
];

export const EXAMPLE_TRACES: readonly Fill[] = [
  {
    table: 'timepoint',
    columns: { id: 'pg_temp.bench_id(16, i)', user_id: `${USER_ID}::text`, status: "'completed'" },
  },
  {
    table: 'moment',
    columns: {
      id: 'pg_temp.bench_id(17, i)',
      path: "'bench/' || i",
      visibility: "CASE i % 2 WHEN 0 THEN 'public' ELSE 'private' END",
      created_by: `${USER_ID}::text`,
      status: "'completed'",
    },
  },
  { table: 'erased_user', columns: {} },
];

export const USAGE_TRACES: readonly Fill[] = [
  {
    // A day of them.
    table: 'request_record',
    columns: {
      at: "now() - i * interval '1 second'",
      id: 'pg_temp.bench_id(21, i)',
      request_id: "'bench-' || i",
      caller: "'user'",
      user_id: USER_ID,
      method: "'GET'",
      status: '200',
    },
  },
  {
    table: 'usage_rollup',
    columns: {
      unit: "'hour'",
      owner_id: USER_ID,
      at: "date_trunc('hour', now())",
      user_id: USER_ID,
      status_class: '2',
      latency: 'array_fill(0::bigint, ARRAY[20])',
    },
  },
];

export const LLM_TRACES: readonly Fill[] = [
  {
    table: 'policy',
    columns: {
      id: 'pg_temp.bench_id(22, i)',
      organisation_id: 'pg_temp.bench_id(23, i)',
      environment: "'prod'",
      version: '1',
      rule: `'{"name":"bench","enabled":true,"type":"keyword","config":{"words":["bench"],"match":"word","case_sensitive":false},"action":"flag","direction":"both","severity":"low","priority":100,"scope":{}}'`,
    },
  },
  { table: 'policy_version', columns: { policy_id: 'pg_temp.bench_id(22, i)', version: '1', rule: "'{}'" } },
  {
    table: 'policy_set_revision',
    columns: { organisation_id: 'pg_temp.bench_id(23, i)', environment: "'prod'", revision: 'i + 1' },
  },
  { table: 'key_budget', columns: { key_id: 'pg_temp.bench_id(25, i)', spent: 'i', held: '0' } },
  { table: 'key_spend', columns: { key_id: 'pg_temp.bench_id(25, i)', day: 'CURRENT_DATE', spent: 'i' } },
  {
    table: 'key_hold',
    columns: {
      id: 'pg_temp.bench_id(26, i)',
      key_id: 'pg_temp.bench_id(25, i)',
      amount: 'i',
      charged: 'i',
      check_at: 'NULL',
    },
  },
  {
    table: 'kept_object',
    columns: {
      credential_id: "'openai'",
      id: "'resp_' || i",
      kind: "'response'",
      user_id: 'pg_temp.bench_id(1, i)',
      key_id: 'pg_temp.bench_id(25, i)',
    },
  },
  {
    table: 'forgotten_object',
    columns: { credential_id: "'openai'", id: "'file-' || i", kind: "'file'", due_at: "now() + interval '1 day'" },
  },
  {
    table: 'forgotten_batch',
    columns: {
      id: 'pg_temp.bench_id(28, i)',
      credential_id: "'openai'",
      base_path: "'/v1/batches'",
      query: "''",
      vendor_id: "'batch_' || i",
      made_at: 'now()',
      due_at: "now() + interval '1 day'",
    },
  },
  {
    table: 'kept_item',
    columns: { credential_id: "'openai'", id: "'msg_' || i", object_id: "'resp_' || i" },
  },
  {
    table: 'batch',
    columns: {
      id: 'pg_temp.bench_id(27, i)',
      provider: "'openai'",
      credential_id: "'openai'",
      base_path: "'/v1/batches'",
      query: "''",
      vendor_id: "'batch_' || i",
      user_id: 'pg_temp.bench_id(1, i)',
      key_id: 'pg_temp.bench_id(25, i)',
      request_id: "'bench-' || i",
      requests: '1',
      terms: "'{}'",
      held: '0',
      // Half of them are under way, and looked at later.
      state: "CASE i % 2 WHEN 0 THEN 'open' ELSE 'settled' END",
      look_at: `CASE i % 2 WHEN 0 THEN ${SOON} END`,
      done_at: 'CASE i % 2 WHEN 1 THEN now() END',
      object: "'{}'",
    },
  },
  {
    table: 'violation',
    columns: {
      id: 'pg_temp.bench_id(24, i)',
      user_id: USER_ID,
      severity: "'low'",
      action: "'flagged'",
      direction: "'request'",
      excerpt: "'b***h'",
      phase: "'sync'",
      status: "'open'",
    },
  },
];
