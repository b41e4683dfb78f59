import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RECORDS_STREAM } from '@turnpike/contracts';
import { isStoreOutage } from '@turnpike/service-kit';
import {
  createTestDatabase,
  runProgram,
  startClickHouse,
  waitFor,
  withClient,
  type OwnStore,
  type TestDatabase,
} from '@turnpike/test-kit';
import { openForLock } from '../src/database.ts';
import { whileAlone } from '../src/records/copying/copy-lock.ts';
import { keyed, member, person, startUsage, type Usage } from './start-usage.ts';

/** Records and sums go from PostgreSQL to ClickHouse and from there to another PostgreSQL, and are the same. */

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const DAY_MS = 86_400_000;
const [userId, erasedId, organisationId] = [randomUUID(), randomUUID(), randomUUID()];

let usage: Usage;
let engine: OwnStore;
let other: TestDatabase;

beforeAll(async () => {
  [usage, engine, other] = await Promise.all([startUsage(), startClickHouse(), createTestDatabase('usage')]);
  const detail = { operation: 'chat', held: 2_000_000, charged: 900_000, chargeState: 'settled', hold: 'h' } as const;
  const model = {
    provider: 'openai',
    model: 'm',
    input_tokens: 20,
    ttft_ms: 40,
    violations: 1,
    blocked: true,
  } as const;
  const all = [userId, erasedId].flatMap((id) => [
    { caller: keyed(person(id), randomUUID()), keyPrefix: 'sk_live_4f0c1a', path: '/v1/chats/:id', detail },
    { caller: person(id), atMs: Date.now() - DAY_MS, status: 503, detail: { code: 'upstream.timeout' } },
    { caller: member(id, organisationId), detail: { ...detail, model } },
  ]);
  await usage.leave([...all, { durationUs: 61_000_000 }]);
  // Of a day that has no other, whatever the hour is now.
  const noonBefore = (Math.floor(Date.now() / DAY_MS) - 1.5) * DAY_MS;
  await usage.leave([{ caller: person(userId), atMs: noonBefore }]);
  await waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0);
});

afterAll(async () => {
  await usage.stop();
  await engine.dispose();
  await other.drop();
});

const copy = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  runProgram(CLI, ['usage', 'copy', ...args], env);
const toClickHouse = () => copy({ ...usage.database.env, USAGE_STORE_URL: engine.url }, '--from', 'postgres');
const back = () => copy(other.env, '--from', engine.url);

async function run(sql: string): Promise<string> {
  const response = await fetch(`${engine.url}/?query=${encodeURIComponent(sql)}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.text()).trim();
}

/** Every record and sum of a PostgreSQL. */
async function contentOf(database: TestDatabase): Promise<unknown[]> {
  const found: unknown[] = [];
  await withClient({ connectionString: database.url }, async (client) => {
    for (const table of ['request_record', 'usage_rollup'])
      found.push((await client.query(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`)).rows);
  });
  return found;
}

const sumsThere = () =>
  run(
    'SELECT unit, sum(requests), sum(charged_micro), sum(violations) FROM turnpike.usage_sums GROUP BY unit ORDER BY unit',
  );

test('all of it, and again nothing', async () => {
  const first = await toClickHouse();
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(await run('SELECT count() FROM turnpike.request_record FINAL')).toBe('8');
  const sums = await sumsThere();
  expect(sums.split('\n')).toHaveLength(4);
  expect(sums).toContain('"day",8,3600000,2');
  expect(await toClickHouse()).toEqual({ code: 0, stderr: '', stdout: 'All is there.\n' });
  expect(await sumsThere()).toBe(sums);
});

test('a day whose copy was interrupted is taken up, and what came of it is not doubled', async () => {
  const sums = await sumsThere();
  // As after an interruption: copies without the note that they are all.
  await run("ALTER TABLE turnpike.imported DELETE WHERE unit IN ('hour', 'record') SETTINGS mutations_sync = 2");
  expect((await toClickHouse()).stdout).toContain('hour: ');
  expect(await sumsThere()).toBe(sums);
  expect(await run('SELECT count() FROM turnpike.request_record FINAL')).toBe('8');
});

test('what the store has summed itself meanwhile stays beside it', async () => {
  await run(
    "INSERT INTO turnpike.usage_sums (unit, owner_id, at, requests) VALUES ('day', generateUUIDv4(), toStartOfDay(now('UTC')), 5)",
  );
  expect((await toClickHouse()).code).toBe(0);
  expect(await sumsThere()).toContain('"day",13,');
  await run('ALTER TABLE turnpike.usage_sums DELETE WHERE requests = 5 SETTINGS mutations_sync = 2');
});

test('back into PostgreSQL it is row by row what it was, however often', async () => {
  expect((await back()).code).toBe(0);
  expect(await contentOf(other)).toEqual(await contentOf(usage.database));
  // As after an interruption: records, whose note is missing; and a page of sums that is there, with the next ones still to come.
  await other.query(`DELETE FROM imported_day WHERE unit = 'record'`);
  await other.query(
    `UPDATE imported_day SET complete = false, last_key = (SELECT to_jsonb(t) FROM (
       SELECT owner_id, at, user_id, key_id, project_id, environment, route, status_class, provider, model FROM usage_rollup
        WHERE unit = 'day_total' AND at = imported_day.at) t)
      WHERE unit = 'day_total' AND at = (SELECT min(at) FROM imported_day WHERE unit = 'day_total')`,
  );
  expect((await back()).code).toBe(0);
  expect(await contentOf(other)).toEqual(await contentOf(usage.database));
});

test('the name of somebody who was erased meanwhile does not come along', async () => {
  const fresh = await createTestDatabase('usage');
  await fresh.query('INSERT INTO erased_user (user_id) VALUES ($1)', [erasedId]);
  expect((await copy(fresh.env, '--from', engine.url)).code).toBe(0);
  const content = await contentOf(fresh);
  expect(JSON.stringify(content)).not.toContain(erasedId);
  const [records = [], sums = []] = content as { row: { unit: string; requests: number } }[][];
  expect(records).toHaveLength(6);
  expect(sums.filter(({ row }) => row.unit === 'day').reduce((all, { row }) => all + row.requests, 0)).toBe(8);
  await fresh.drop();
});

const locksOf = ({ env }: TestDatabase) =>
  openForLock({ ...env, DATABASE_POOL_MAX: 1, DATABASE_TIMEOUT_MS: 10_000, NODE_ENV: 'test' });

/** Asks about the connection that holds the lock of a copy. */
async function ofHolder(select: string): Promise<unknown[]> {
  const { rows } = await withClient({ connectionString: other.url }, (client) =>
    client.query<object>(`${select} FROM pg_stat_activity JOIN pg_locks USING (pid)
      WHERE locktype = 'advisory' AND granted AND datname = current_database()`),
  );
  return rows;
}

test('one at a time: the other is refused, and the lock holds back no vacuum', async () => {
  const [mine, theirs] = [locksOf(other), locksOf(other)];
  const attempt = () => whileAlone(theirs, () => Promise.resolve('begun'));
  await whileAlone(mine, async () => {
    expect(await back()).toMatchObject({ code: 1, stderr: 'Another copy is under way.\n' });
    expect(await attempt()).toBeUndefined();
    const holder = { state: 'idle in transaction', snapshot: null, change: null };
    expect(await ofHolder('SELECT state, backend_xmin AS snapshot, backend_xid AS change')).toEqual([holder]);
  });
  expect(await attempt()).toBe('begun');
  await Promise.all([mine.close(), theirs.close()]);
});

test('a lock whose connection is lost ends the work, as an outage', async () => {
  const locks = locksOf(other);
  const work = async (signal: AbortSignal) => {
    await ofHolder('SELECT pg_terminate_backend(pid)');
    await waitFor(() => signal.aborted);
    signal.throwIfAborted();
  };
  const failure = await whileAlone(locks, work, 100).catch((error: unknown) => error);
  expect(isStoreOutage(failure)).toBe(true);
  await locks.close();
});

test('64 for wrong usage, 69 where a store is down', async () => {
  for (const args of [[], ['--from', 'postgres'], ['--from', 'nonsense'], ['--to', engine.url]])
    expect((await copy(other.env, ...args)).code).toBe(64);
  expect((await copy(other.env, '--help')).code).toBe(0);
  expect((await copy(other.env, '--from', 'http://127.0.0.1:9')).code).toBe(69);
});
