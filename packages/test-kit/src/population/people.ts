/**
 * The rows of users `$1` to `$2`, the last exclusive, as the services would have written them in the last month, one statement per table in
 * the order that foreign keys ask for. Ids are numbers in the form of a version 7 UUID, ascending with time as real ones do.
 */

/** `bench_id(kind, number)`: the id of a row; each table has its own kind. `bench_time(number)`: moments of the last month, ascending. */
export const HELPERS = [
  `CREATE FUNCTION pg_temp.bench_id(kind integer, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
     $$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$`,
  `CREATE FUNCTION pg_temp.bench_time(number bigint) RETURNS timestamptz LANGUAGE sql STABLE AS
     $$ SELECT now() - interval '30 days' + number * interval '1 millisecond' $$`,
];

export const USERS = 'generate_series($1::bigint, $2::bigint - 1) AS i';
export const USER_ID = 'pg_temp.bench_id(0, i)';

/** `$3`: the address of a user, with `%` in the place of the number. */
export const USERS_SQL = [
  `INSERT INTO app_user (id, email, display_name, tier, created_at, updated_at)
   SELECT ${USER_ID}, replace($3, '%', i::text), 'User ' || i, 'free', pg_temp.bench_time(i), pg_temp.bench_time(i) FROM ${USERS}`,
  `INSERT INTO external_identity (namespace, key, user_id, created_at)
   SELECT 'identity', 'dev:' || replace($3, '%', i::text), ${USER_ID}, pg_temp.bench_time(i) FROM ${USERS}`,
];

/** `$3`: as above. */
export const AUTH_SQL = [
  `INSERT INTO account (user_id, tier, last_login_at, created_at) SELECT ${USER_ID}, 'free', now(), pg_temp.bench_time(i) FROM ${USERS}`,
  `INSERT INTO identity (id, user_id, provider, subject, email, linked_at)
   SELECT pg_temp.bench_id(1, i), ${USER_ID}, 'dev', replace($3, '%', i::text), replace($3, '%', i::text), pg_temp.bench_time(i) FROM ${USERS}`,
  `INSERT INTO session (id, user_id, method, current_digest, created_at, idle_expires_at, expires_at)
   SELECT pg_temp.bench_id(2, i), ${USER_ID}, 'dev', sha256(('session ' || i)::bytea), now(), now() + interval '14 days', now() + interval '30 days' FROM ${USERS}`,
  `INSERT INTO audit_event (action, user_id, session_id, method, at)
   SELECT 'session.open', ${USER_ID}, pg_temp.bench_id(2, i), 'dev', now() FROM ${USERS}`,
  `INSERT INTO project (id, user_id, name, created_at) SELECT pg_temp.bench_id(3, i), ${USER_ID}, 'Default', pg_temp.bench_time(i) FROM ${USERS}`,
];

/** `$1`: number of the first; `$2`, `$3`: digests and visible prefixes in order; `$4`: the scopes of each. */
export const API_KEYS_SQL = `
  INSERT INTO api_key (id, user_id, project_id, name, prefix, digest, scopes, created_at, updated_at)
  SELECT pg_temp.bench_id(4, i), ${USER_ID}, pg_temp.bench_id(3, i), 'bench', k.prefix, k.digest, $4::text[], pg_temp.bench_time(i), pg_temp.bench_time(i)
    FROM unnest($2::bytea[], $3::text[]) WITH ORDINALITY AS k (digest, prefix, place), LATERAL (SELECT $1::bigint + k.place - 1 AS i) AS n`;

/** Micro-credits that came in: at sign-up, and bought. */
const SIGN_UP = '1000000000000';
const BOUGHT = '500000000';
/** Grants at the beginning of a history; charges of one operation follow. */
const GRANTS = 2;

/** Charge `n` of user `i`; histories were written side by side, so one person's rows lie far apart, as they do in life. */
const chargesOf = (entries: number): string => `generate_series(${GRANTS + 1}, ${entries}) AS n, ${USERS},
  (SELECT cost, version, transaction_type FROM price WHERE operation = 'generate_balanced' ORDER BY version DESC LIMIT 1) AS price,
  LATERAL (SELECT n::bigint << 32 | i AS place, n * interval '1 day' + pg_temp.bench_time(i) AS at, ${SIGN_UP} + ${BOUGHT} - (n - ${GRANTS}) * cost AS after) AS charge`;

/** `entries`: length of each history. */
export function creditsSql(entries: number): readonly string[] {
  const charged = entries - GRANTS;
  const charges = chargesOf(entries);
  return [
    `INSERT INTO account (id, owner_id, balance, earned, spent, entries, created_at, lineage_id)
   SELECT pg_temp.bench_id(5, i), ${USER_ID}, ${SIGN_UP} + ${BOUGHT} - ${charged} * cost, ${SIGN_UP} + ${BOUGHT}, ${charged} * cost, ${entries},
          pg_temp.bench_time(i), pg_temp.bench_id(21, i)
     FROM ${USERS}, (SELECT cost FROM price WHERE operation = 'generate_balanced' ORDER BY version DESC LIMIT 1) AS price`,
    // Both are alike in the spending order but for their ids, so everything was charged to the first.
    `INSERT INTO "grant" (id, account_id, amount, remaining, effective_at, source, source_ref, created_at)
   SELECT pg_temp.bench_id(6, i), pg_temp.bench_id(5, i), ${SIGN_UP}, ${SIGN_UP} - ${charged} * cost, pg_temp.bench_time(i), 'signup_bonus', ${USER_ID}::text,
          pg_temp.bench_time(i)
     FROM ${USERS}, (SELECT cost FROM price WHERE operation = 'generate_balanced' ORDER BY version DESC LIMIT 1) AS price`,
    `INSERT INTO "grant" (id, account_id, amount, remaining, effective_at, source, source_ref, created_at)
   SELECT pg_temp.bench_id(7, i), pg_temp.bench_id(5, i), ${BOUGHT}, ${BOUGHT}, pg_temp.bench_time(i), 'bench', 'payment ' || i, pg_temp.bench_time(i) FROM ${USERS}`,
    `INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, actor, drawn_at, created_at)
   SELECT pg_temp.bench_id(6 + g.place, i), 0, pg_temp.bench_id(5, i), g.place + 1, g.amount, g.after, 'grant', g.type, 'issuance', 'wallet', g.amount,
          pg_temp.bench_id(6 + g.place, i), 'bench', pg_temp.bench_time(i), pg_temp.bench_time(i)
     FROM (VALUES (0, 'signup_bonus', ${SIGN_UP}, ${SIGN_UP}), (1, 'stripe_purchase', ${BOUGHT}, ${SIGN_UP} + ${BOUGHT})) AS g (place, type, amount, after), ${USERS}
    ORDER BY g.place, i`,
    `INSERT INTO entry_note (entry_id, account_id, description) SELECT pg_temp.bench_id(7, i), pg_temp.bench_id(5, i), 'Starter pack' FROM ${USERS}`,
    `INSERT INTO reservation (id, account_id, amount, state, transaction_type, operation, price_version, draw_grants, draw_amounts, request_hash, actor,
     available_after, created_at, expires_at, ended_at, ended_by, settled_at, settled_amount, entry_id, resolved_available)
   SELECT pg_temp.bench_id(8, place), pg_temp.bench_id(5, i), cost, 'settled', transaction_type, 'generate_balanced', version, ARRAY[pg_temp.bench_id(6, i)],
          ARRAY[cost], sha256(place::text::bytea), 'edge', after, at, at + interval '5 minutes', at, 'settle', at, cost, pg_temp.bench_id(9, place), after
     FROM ${charges} ORDER BY n, i`,
    `INSERT INTO transfer (entry_id, line, account_id, seq, net_amount, balance_after, kind, type, debit, credit, amount, grant_id, reservation_id, operation,
     price_version, actor, drawn_at, created_at)
   SELECT pg_temp.bench_id(9, place), 0, pg_temp.bench_id(5, i), n, -cost, after, 'charge', transaction_type, 'wallet', 'revenue', cost, pg_temp.bench_id(6, i),
          pg_temp.bench_id(8, place), 'generate_balanced', version, 'edge', at, at
     FROM ${charges} ORDER BY n, i`,
  ];
}
