import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { costlyReads, startExplainingPostgres, type ExplainingPostgres, type PlanNode } from '@turnpike/test-kit/plans';
import { member, person, startUsage, type Usage } from './start-usage.ts';

/** Questions about sums read sums only, however many records there are: by the plans that PostgreSQL ran. */

const [userId, organisationId] = [randomUUID(), randomUUID()];
/** Rows that one node of a plan may read: more than there are of this person, far fewer than of all. */
const ROWS_MAX = 100;
const OTHERS = 2_000;
let postgres: ExplainingPostgres;
let usage: Usage;

beforeAll(async () => {
  postgres = await startExplainingPostgres();
  await postgres.explain();
  usage = await startUsage({}, postgres.url);
  await usage.record(
    { caller: person(userId) },
    { caller: member(userId, organisationId) },
    { status: 404, detail: { code: 'resource.not_found' } },
  );
  const strangers = Array.from({ length: 500 }, () => ({ caller: member(randomUUID(), randomUUID()) }));
  for (let left = 0; left < OTHERS; left += strangers.length) await usage.record(...strangers);
  await usage.rows('ANALYZE');
});

afterAll(async () => {
  await usage?.stop();
  await postgres?.dispose();
});

const since = (days: number): string => `from=${new Date(Date.now() - days * 86_400_000).toISOString()}`;
const ANALYTICS = '/trueportai-services/api/v1/analytics';
const asOwn = (path: string) => () => usage.asUser(userId, path);
const asMember = (path: string) => () => usage.asMember(userId, organisationId, 'member', path);

/** Tables that the statements of a question read, and those of them that no index bounds. */
async function readsOf(ask: () => Promise<{ status: number }>): Promise<{ tables: string[]; costly: string[] }> {
  await postgres.ran();
  expect((await ask()).status).toBe(200);
  const ran = (await postgres.ran()).filter(({ application }) => application === 'turnpike-usage');
  const tables = ran.flatMap(({ plan }) => tablesIn(plan));
  const bounds = { smallTables: new Set<string>(), rowsMax: ROWS_MAX };
  const costly = ran.flatMap((statement) => costlyReads(statement, bounds).map(({ why }) => why));
  return { tables: [...new Set(tables)], costly };
}

function tablesIn(node: PlanNode): string[] {
  return [
    ...(node['Relation Name'] === undefined ? [] : [node['Relation Name']]),
    ...(node.Plans ?? []).flatMap(tablesIn),
  ];
}

test.each([
  ['own use by day', asOwn(`/api/v1/usage?interval=day&${since(30)}`)],
  ['own use by hour', asOwn(`/api/v1/usage?interval=hour&${since(30)}`)],
  ['own use by key', asOwn(`/api/v1/usage?interval=day&group_by=key&${since(30)}`)],
  ['an organisation’s by day', asMember(`${ANALYTICS}/stats?interval=day&${since(30)}`)],
  ['an organisation’s by hour and key', asMember(`${ANALYTICS}/stats?interval=hour&group_by=key&${since(30)}`)],
  ['an organisation’s by user', asMember(`${ANALYTICS}/stats?interval=day&group_by=user&${since(30)}`)],
])('sums over 30 days read sums by their key, and no record: %s', async (_question, ask) => {
  const { tables, costly } = await readsOf(ask);
  expect(tables.length).toBeGreaterThan(0);
  expect(tables.filter((name) => !/^usage_(?:hour|day)/.test(name))).toEqual([]);
  expect(costly).toEqual([]);
});

test.each([
  ['own requests', asOwn(`/api/v1/usage/requests?${since(30)}`)],
  ['an organisation’s log', asMember(`${ANALYTICS}/logs?${since(30)}`)],
  [
    'everybody’s refusals with a code',
    () => usage.asOperator(`/api/v1/usage/admin/requests?error_code=resource.not_found&${since(30)}`),
  ],
])('the first page of 30 days reads records by an index: %s', async (_question, ask) => {
  const { tables, costly } = await readsOf(ask);
  expect(tables.some((name) => name.startsWith('request_record'))).toBe(true);
  expect(costly).toEqual([]);
});

test('traffic reads the sums of its own minutes, and neither records nor anybody’s sums', async () => {
  await usage.rows(`INSERT INTO usage_traffic SELECT date_trunc('minute', now()) - m * interval '1 minute', 'chat', 'llm', 200, '', 1, array_fill(0::bigint, ARRAY[20])
    FROM generate_series(60, 1500) m`);
  await usage.rows('ANALYZE usage_traffic');
  const { tables, costly } = await readsOf(() => usage.asOperator('/api/v1/usage/admin/traffic?minutes=15'));
  expect(tables.length).toBeGreaterThan(0);
  expect(tables.filter((name) => !name.startsWith('usage_traffic'))).toEqual([]);
  expect(costly).toEqual([]);
});
