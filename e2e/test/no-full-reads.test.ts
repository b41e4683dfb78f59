import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { costlyReads, startExplainingPostgres, type ExplainingPostgres } from '@turnpike/test-kit/plans';
import { populatedEmail } from '@turnpike/test-kit/population';
import { callerAt, signInAs, statusOf, visitorAt } from '../support/callers.ts';
import { everyEndpoint } from '../support/every-endpoint.ts';
import { startStandInGoogle, type StandInGoogle } from '../support/google.ts';
import { smallTables, startLargeStack, type LargeStack } from '../support/large-stack.ts';
import { liveThroughIt } from '../support/ordinary-day.ts';
import { valuesFor } from '../support/populated-values.ts';

/** Every statement that the services send, on tables that have grown: none reads a table from end to end. */

const USERS = 5_000;
/** Rows that one node of a plan may read of a table: far more than any page or batch, far fewer than there are. */
const ROWS_MAX = 1_100;

/** Statements that read whole tables for what they are, and why. */
const WHOLE_BY_NATURE: readonly [RegExp, string][] = [
  [/^EXPLAIN \(FORMAT JSON\) /, 'what is planned for an estimate is not run'],
  [/^INSERT INTO ledger_total /, 'the sums of a verification are over all accounts, on that connection'],
  [/^WITH violation AS \(/, 'a verification of the ledger reads all of it, on a connection of its own'],
  [
    /^SELECT (?:\(SELECT )?count\(\*\)::int(?: AS total)? FROM \(SELECT [^]* LIMIT \$\d::int\) AS counted\b/,
    'a total counts 10,000 rows at most',
  ],
  [
    /^SELECT COUNT\(\*\) AS "_count\$_all" FROM \([^]* LIMIT \$\d+ OFFSET \$\d+\) AS "sub"/,
    'the same, in Prisma’s words',
  ],
];

let postgres: ExplainingPostgres;
let google: StandInGoogle;
let large: LargeStack;

beforeAll(async () => {
  [postgres, google] = await Promise.all([startExplainingPostgres(), startStandInGoogle()]);
  large = await startLargeStack(postgres.url, USERS, prepare, {
    ...google.env,
    ...appleSettings(),
    AUTH_REDIRECT_URIS: 'https://app.example/signed-in',
  });
});

afterAll(async () => {
  await large?.dispose();
  await google?.close();
  await postgres?.dispose();
});

/** A key of ours at Apple, without which nothing looks for connections to end there. */
function appleSettings(): Readonly<Record<string, string>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { APPLE_CLIENT_IDS: 'app', APPLE_TEAM_ID: 'TEAM', APPLE_KEY_ID: 'KEY', APPLE_PRIVATE_KEY: pem };
}

/** Some of everything is due, for the jobs that begin at once. A function's statements are planned as for its hundredth call. */
async function prepare(client: pg.Client, service: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
      WHERE l.lanname = 'plpgsql' AND p.pronamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows) await client.query(`ALTER FUNCTION ${name} SET plan_cache_mode = force_generic_plan`);
  for (const sql of DUE[service] ?? []) await client.query(sql);
  await postgres.explain();
}

const AGO = "now() - interval '1000 days'";
const some = (table: string, id = 'ctid'): string => `${id} IN (SELECT ${id} FROM ${table} LIMIT 20)`;
const DUE: Readonly<Record<string, readonly string[]>> = {
  auth: [
    `UPDATE session SET ended_at = ${AGO}, end_reason = 'logout' WHERE ${some('session')}`,
    `UPDATE audit_event SET at = ${AGO} WHERE ${some('audit_event')}`,
    `UPDATE outbox SET delivered_at = ${AGO} WHERE ${some('outbox')}`,
    `UPDATE idempotency SET created_at = ${AGO} WHERE ${some('idempotency')}`,
    `UPDATE api_key SET retires_at = now() WHERE id IN (SELECT id FROM api_key ORDER BY id DESC LIMIT 20)`,
    `UPDATE revocation SET published_at = NULL WHERE id IN (SELECT id FROM revocation ORDER BY id DESC LIMIT 20)`,
  ],
  users: [`UPDATE outbox SET delivered_at = ${AGO} WHERE ${some('outbox')}`],
  credits: [
    `UPDATE outbox SET delivered_at = ${AGO} WHERE ${some('outbox')}`,
    `UPDATE allowance SET next_due_at = now() WHERE ${some('allowance')}`,
    `UPDATE account SET next_expiry_at = now() WHERE ${some('account')}`,
  ],
};

test('no statement reads a table from end to end, at start, in a job or for a request', async () => {
  await callEveryEndpoint(visitorAt(large.stack.info.edge_url));
  await liveThroughIt(large, google, USERS);
  await readMetrics();
  await jobsAreThrough();
  const ran = await postgres.ran();
  const ours = ran.filter(
    ({ application, sql }) =>
      application.startsWith('turnpike-') && !WHOLE_BY_NATURE.some(([pattern]) => pattern.test(sql.trim())),
  );
  // Far more than any part of this test alone would give, so that none of them has gone silent.
  expect(new Set(ours.map(({ sql }) => sql)).size).toBeGreaterThan(200);
  const costly = ours.flatMap((statement) => costlyReads(statement, { smallTables, rowsMax: ROWS_MAX }));
  const report = costly.map(
    ({ statement: { application, sql }, why }) =>
      `${application} ${why}: ${sql.replace(/\s+/g, ' ').trim().slice(0, 300)}`,
  );
  expect([...new Set(report)]).toEqual([]);
});

/** Each on a user of its own, so that what one of them ends is not what the next one asks for. */
async function callEveryEndpoint(visitor: Turnpike): Promise<void> {
  const { admin_api_key: adminKey, service_api_key: serviceKey } = large.stack.info;
  const accepted = new Set<string>();
  for (const [user, { operation, security, request }] of (await everyEndpoint()).entries()) {
    const { method, target, headers, body } = request(valuesFor(operation, user));
    const [owner = ''] = operation.split('.');
    const service = owner === 'users' || owner === 'credits' ? owner : 'auth';
    const callers: Readonly<Record<string, () => Promise<Turnpike> | Turnpike>> = {
      accessToken: () => signInAs(visitor, adminKey, populatedEmail(user)),
      serviceKey: () => callerAt(large.urlOf(service), { serviceKey }),
      adminKey: () => visitor.as({ adminKey }),
    };
    const caller = await (callers[security ?? '']?.() ?? visitor);
    const status = await statusOf(caller.fetch(target, { method, headers, json: body }));
    // 503: a provider that is not configured.
    if (status === 500) throw new Error(`${operation} answered 500`);
    if (status < 400) accepted.add(operation);
  }
  // All but those that want a proof which an example cannot be: a code, a token, a signature.
  expect(accepted.size).toBeGreaterThan(60);
}

/** Figures that are read from the database when they are asked for. */
async function readMetrics(): Promise<void> {
  for (const service of ['auth', 'users', 'credits'] as const)
    expect(await (await callerAt(large.urlOf(service)).fetch('/metrics')).text()).not.toBe('');
}

/** What was due when the services started is done. */
async function jobsAreThrough(): Promise<void> {
  await waitFor(
    async () => {
      const left = await Promise.all([
        large.sql('auth', `SELECT FROM outbox WHERE delivered_at < ${AGO} + interval '1 day'`),
        large.sql('auth', 'SELECT FROM api_key WHERE retires_at < now() AND revoked_at IS NULL'),
        large.sql('auth', 'SELECT FROM revocation WHERE published_at IS NULL'),
        large.sql('users', `SELECT FROM outbox WHERE delivered_at < ${AGO} + interval '1 day'`),
        large.sql('credits', `SELECT FROM outbox WHERE delivered_at < ${AGO} + interval '1 day'`),
        large.sql('credits', 'SELECT FROM allowance WHERE next_due_at < now() AND ended_at IS NULL'),
        large.sql('credits', "SELECT FROM reservation WHERE state = 'open' AND expires_at < now()"),
        large.sql('credits', 'SELECT FROM account WHERE next_expiry_at < now()'),
      ]);
      return left.every((rows) => rows.length === 0);
    },
    { timeoutMs: 120_000 },
  );
}
