import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { person } from './start-usage.ts';
import { CLICKHOUSE, type UsageOverStore } from './stores.ts';

/** What is of ClickHouse alone: it is a server of its own, and has no transactions. */

let usage: UsageOverStore;

beforeAll(async () => {
  usage = await CLICKHOUSE.start();
});

afterAll(() => usage.stop());

const run = async (sql: string): Promise<string> => {
  const response = await fetch(`${usage.engine?.url}/?query=${encodeURIComponent(sql)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trim();
};

test('the engine of these tests has the version that an installation is given', async () => {
  const compose = readFileSync(new URL('../../../infra/clickhouse.compose.yaml', import.meta.url), 'utf8');
  const [, tag = 'none'] = /clickhouse-server:([\d.]+)/.exec(compose) ?? [];
  expect(`${await run('SELECT version() FORMAT TSV')}.`).toMatch(new RegExp(`^${tag.replaceAll('.', '[.]')}[.]`));
});

test('while it is down questions are 503, readiness says so, and records wait on the stream', async () => {
  const userId = randomUUID();
  await usage.record({ caller: person(userId) });
  await usage.engine?.kill();
  const { status, body } = await usage.asUser(userId, '/api/v1/usage');
  expect([status, body['code']]).toEqual([503, 'service.unavailable']);
  expect((await usage.send('GET', '/health/ready')).body).toMatchObject({ checks: { store: 'down' } });
  await usage.leave([{ caller: person(userId) }]);
  await usage.engine?.start();
  await waitFor(async () => {
    const { totals } = (await usage.asUser(userId, '/api/v1/usage')).body;
    return (totals as unknown as { requests: number } | undefined)?.requests === 2;
  });
});

test.each([
  ['before its copies are whole', false],
  ['after its copies, before the rows are gone', true],
])('an erasure that was interrupted %s is taken up, and sums are neither lost nor doubled', async (_when, copied) => {
  const [userId, origin] = [randomUUID(), randomUUID()];
  const sumOf = async (): Promise<string> =>
    run("SELECT sum(requests) FROM turnpike.usage_sums WHERE unit = 'day' AND at = toStartOfDay(now('UTC'))");
  await usage.record({ caller: person(userId) }, { caller: person(userId) });
  const before = await sumOf();
  await usage.rows('INSERT INTO pending_erasure (user_id, origin, copied) VALUES ($1, $2, $3)', [
    userId,
    origin,
    copied,
  ]);
  // The copies of one unit, of all that there are to be: all of them where they were whole.
  const of = copied ? '' : "AND unit = 'day'";
  for (const table of ['usage_minute', 'usage_sums'])
    await run(
      `INSERT INTO turnpike.${table} SELECT * REPLACE (toUUID('00000000-0000-0000-0000-000000000000') AS owner_id,
        toUUID('00000000-0000-0000-0000-000000000000') AS user_id, '${origin}' AS origin) FROM (SELECT * FROM turnpike.${table} WHERE owner_id = '${userId}' ${of})`,
    );
  const { status } = await usage.send(
    'POST',
    '/internal/usage/erasures',
    {},
    { user_id: userId, receipt_id: randomUUID() },
  );
  expect(status).toBe(200);
  expect(await sumOf()).toBe(before);
  expect(await usage.everything()).not.toContain(userId);
  expect(await usage.rows('SELECT * FROM pending_erasure')).toEqual([]);
});

test('partitions past the retention are dropped as a whole when the service starts', async () => {
  const id = '016f5e66-e800-7000-8000-000000000001';
  await run(
    `INSERT INTO turnpike.request_record (at, id, owner_id, request_id, method) VALUES ('2020-01-01 00:00:00', '${id}', generateUUIDv4(), 'old', 'GET')`,
  );
  await run(
    `INSERT INTO turnpike.usage_sums (unit, owner_id, at, requests) VALUES ('day', generateUUIDv4(), '2020-01-01 00:00:00', 1)`,
  );
  await usage.record({ requestId: 'young' });
  await usage.app().kill();
  await usage.restart();
  const left = async (table: string) => run(`SELECT count() FROM turnpike.${table} WHERE at < now() - INTERVAL 1 YEAR`);
  await waitFor(async () => (await left('request_record')) === '0' && (await left('usage_sums')) === '0');
  expect(await run("SELECT count() FROM turnpike.request_record WHERE request_id = 'young'")).toBe('1');
});

test('tables of an earlier release get the columns that they lack, and records of then are read', async () => {
  const userId = randomUUID();
  await usage.record({ caller: person(userId), path: '/v1/chats/:id' });
  await usage.app().kill();
  for (const column of ['key_prefix', 'path'])
    await run(`ALTER TABLE turnpike.request_record DROP COLUMN ${column} SETTINGS mutations_sync = 2`);
  await usage.restart();
  await usage.record({ caller: person(userId), path: '/v1/chats/:id' });
  const { items } = (await usage.asUser(userId, '/api/v1/usage/requests')).body as unknown as {
    items: { path: string | null }[];
  };
  expect(items.map(({ path }) => path)).toEqual(['/v1/chats/:id', null]);
});
