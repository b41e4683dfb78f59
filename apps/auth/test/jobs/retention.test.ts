import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { openDatabase, type Database } from '../../src/database.ts';
import { retentions } from '../../src/jobs/retentions.ts';
import { createStores, startAuthProcess, type Stores } from '../harness.ts';

let stores: Stores;
let database: Database;
beforeAll(async () => {
  stores = await createStores();
  database = openDatabase({
    ...stores.database.env,
    NODE_ENV: 'test',
    DATABASE_POOL_MAX: 2,
    DATABASE_TIMEOUT_MS: 20_000,
  });
});
afterAll(async () => {
  await database.close();
  await stores.database.drop();
});

/** More than one statement removes, of things that end in different ways; and one of each that stays. */
const FILL = [
  `INSERT INTO account (user_id, tier) SELECT gen_random_uuid(), 'free' FROM generate_series(1, 2)`,
  `INSERT INTO session (id, user_id, method, current_digest, idle_expires_at, expires_at, ended_at, end_reason)
   SELECT gen_random_uuid(), user_id, 'google', sha256('x'), now(), now() + interval '1 day',
          now() - CASE n WHEN 1 THEN interval '6 days' ELSE interval '8 days' END, 'logout'
     FROM account, generate_series(1, 1500) n`,
  `INSERT INTO idempotency (scope, key_digest, request_digest, attempt, locked_until, created_at)
   SELECT 'user', sha256(n::text::bytea), '', gen_random_uuid(), now(),
          now() - CASE n WHEN 1 THEN interval '47 hours' ELSE interval '49 hours' END
     FROM generate_series(1, 1500) n`,
  `INSERT INTO outbox (id, type, payload, delivered_at)
   SELECT gen_random_uuid(), 'user.created', '{}', now() - CASE n WHEN 1 THEN interval '6 days' ELSE interval '8 days' END
     FROM generate_series(1, 1500) n`,
  `INSERT INTO outbox (id, type, payload) VALUES (gen_random_uuid(), 'user.created', '{}')`,
  `INSERT INTO organisation (id, name) VALUES (gen_random_uuid(), 'Acme')`,
  // Given up and free for long, but for the last one, under which an archived organisation comes back.
  `INSERT INTO organisation_slug (slug, organisation_id, taken_at, free_at)
   SELECT 'acme-' || n, o.id, now() - (60 - n) * interval '1 day', now() - CASE n WHEN 2 THEN interval '29 days' ELSE interval '31 days' END
     FROM organisation o, generate_series(1, 3) n`,
  `INSERT INTO invite (id, organisation_id, email, role, invited_by, token_digest, expires_at)
   SELECT gen_random_uuid(), o.id, n || '@example.com', 'member', gen_random_uuid(), sha256(n::text::bytea),
          now() - CASE n WHEN 1 THEN interval '89 days' ELSE interval '91 days' END
     FROM organisation o, generate_series(1, 1500) n`,
  `INSERT INTO revocation (kind, target_id, at, published_at)
   SELECT 'session', gen_random_uuid(), now() - interval '3 days', CASE WHEN n > 1 THEN now() END FROM generate_series(1, 3) n`,
];

const LEFT = { session: 2, idempotency: 1, outbox: 2, invite: 1, slugs: ['acme-2', 'acme-3'] };

test('a service that starts removes at once what has served its time, and nothing else', async () => {
  for (const sql of FILL) await database.query(sql);
  // Redis is down, so nothing relays the event and the revocation that wait.
  const auth = await startAuthProcess({ ...stores.env, REDIS_URL: 'redis://127.0.0.1:1' });
  const counts = async () => {
    const [row] = await database.query<{ counts: object }>(
      `SELECT jsonb_build_object('session', (SELECT count(*) FROM session), 'idempotency', (SELECT count(*) FROM idempotency),
         'outbox', (SELECT count(*) FROM outbox), 'revocation', (SELECT count(*) FROM revocation), 'invite', (SELECT count(*) FROM invite),
         'slugs', (SELECT jsonb_agg(slug ORDER BY slug) FROM organisation_slug)) AS counts`,
    );
    return row?.counts;
  };
  try {
    // The outbox is swept last. A revocation that no edge was told of stays.
    await waitFor(async () => JSON.stringify(await counts()).includes('"outbox":2'));
    expect(await counts()).toEqual({ ...LEFT, revocation: 1 });
    const metrics = await (await fetch(`${auth.url}/metrics`)).text();
    expect(metrics).toMatch(/^turnpike_retention_removed_total\{rows="session\.ended_at"[^}]*\} 2998$/m);
    expect(metrics).toMatch(/^turnpike_retention_lag_seconds\{rows="session\.ended_at"[^}]*\} 0$/m);
    expect(metrics).toMatch(/^turnpike_table_bytes\{table="session"[^}]*\} [1-9]\d+$/m);
  } finally {
    await auth.stop();
  }
});

test('whatever is kept for a time is found by an index on its moment', async () => {
  for (const { table, column } of retentions(400)) {
    const [row] = await database.query<{ indexed: boolean }>(
      `SELECT EXISTS (
         SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = $1::regclass AND a.attname = $2) AS indexed`,
      table,
      column,
    );
    expect([table, column, row?.indexed]).toEqual([table, column, true]);
  }
});
