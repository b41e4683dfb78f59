import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { person, startUsage, type Usage } from './start-usage.ts';

let usage: Usage;

beforeAll(async () => {
  usage = await startUsage({ USAGE_RETENTION_DAYS: '7' });
});

afterAll(() => usage.stop());

const partitionsOf = async (parent: string): Promise<string[]> =>
  (
    await usage.rows(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
      [parent],
    )
  ).map(({ name }) => String(name));

describe('partitions', () => {
  test('are there for the days to come, and made once by however many processes', async () => {
    await usage.record({});
    const before = await partitionsOf('request_record');
    expect(before.length).toBeGreaterThanOrEqual(10);
    await usage.rows('SELECT usage_prepare_partitions()');
    expect(await partitionsOf('request_record')).toEqual(before);
  });

  test('past the retention are dropped at the next round, without a row being deleted', async () => {
    await usage.rows(
      `CREATE TABLE request_record_20200101 PARTITION OF request_record FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')`,
    );
    await usage.rows(
      `CREATE TABLE usage_hour_202001 PARTITION OF usage_hour FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')`,
    );
    await usage.rows(
      `CREATE TABLE usage_traffic_20200101 PARTITION OF usage_traffic FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')`,
    );
    await usage.app().kill();
    await usage.restart();
    await waitFor(async () => !(await partitionsOf('usage_traffic')).includes('usage_traffic_20200101'));
    await waitFor(async () => !(await partitionsOf('request_record')).includes('request_record_20200101'));
    await waitFor(async () => !(await partitionsOf('usage_hour')).includes('usage_hour_202001'));
    await usage.record({});
  });
});

describe('sums are answered from sums', () => {
  test('though the records are gone', async () => {
    const userId = randomUUID();
    await usage.record({ caller: person(userId) });
    // Nothing shows it better than records that are gone.
    await usage.rows('DROP TABLE request_record CASCADE');
    const { status, body } = await usage.asUser(userId, '/api/v1/usage?interval=day');
    expect(status).toBe(200);
    expect(body['totals']).toMatchObject({ requests: 1 });
  });
});
