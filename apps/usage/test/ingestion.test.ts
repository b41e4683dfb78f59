import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RECORDS_STREAM } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { ANONYMOUS, batchOf, person, startUsage, type Usage } from './start-usage.ts';

let usage: Usage;

beforeAll(async () => {
  usage = await startUsage();
});

afterAll(() => usage.stop());

const drained = () => waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0);

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${usage.url()}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 'NaN');
}

describe('a batch on the stream', () => {
  test('becomes records, and sums by minute, hour and day, and leaves the stream', async () => {
    const userId = randomUUID();
    const charged = { operation: 'chat', held: 1_000_000, charged: 750_000, chargeState: 'settled' } as const;
    await usage.record(
      { caller: person(userId), durationUs: 1_500 },
      { caller: person(userId), durationUs: 1_700, detail: charged },
      { caller: person(userId), status: 404, durationUs: 700, detail: { code: 'resource.not_found' } },
    );
    await drained();
    const sums = await usage.rows(
      `SELECT unit, sum(requests)::int AS requests, sum(errors)::int AS errors, sum(charged_micro)::int AS charged, sum(latency[1])::int AS fast,
              sum(latency[2])::int AS slower FROM usage_rollup WHERE owner_id = $1 GROUP BY unit ORDER BY unit`,
      [userId],
    );
    const expected = { requests: 3, errors: 1, charged: 750_000, fast: 1, slower: 2 };
    expect(sums).toEqual(['day', 'day_total', 'hour', 'hour_total', 'minute'].map((unit) => ({ unit, ...expected })));
  });

  test('that comes again changes nothing', async () => {
    const userId = randomUUID();
    const producer = randomUUID();
    const given = [{ caller: person(userId) }, { caller: person(userId) }];
    await usage.leave(given, producer, 1);
    await usage.leave(given, producer, 1);
    await usage.leave([{ caller: person(userId), requestId: 'the-next' }], producer, 2);
    await drained();
    const [records] = await usage.rows('SELECT count(*)::int AS n FROM request_record WHERE user_id = $1', [userId]);
    const [sums] = await usage.rows(
      "SELECT sum(requests)::int AS n FROM usage_rollup WHERE owner_id = $1 AND unit = 'day'",
      [userId],
    );
    expect([records?.['n'], sums?.['n']]).toEqual([3, 3]);
  });

  test('of an unknown form, or that is none, is set aside, and the others go on', async () => {
    const before = await usage.count();
    const text = JSON.stringify(batchOf([{ caller: ANONYMOUS }]));
    await usage.stream.xadd(RECORDS_STREAM, '*', 'v', 99, 'e', randomUUID(), 'q', 1, 'n', 1, 'b', text);
    await usage.stream.xadd(RECORDS_STREAM, '*', 'v', 1, 'e', randomUUID(), 'q', 1, 'n', 1, 'b', '{"t":"x"}');
    await usage.stream.xadd(RECORDS_STREAM, '*', 'something', 'else');
    await usage.record({ caller: ANONYMOUS });
    await drained();
    expect(await usage.count()).toBe(before + 1);
    expect(await metric('turnpike_usage_batches_unreadable')).toBe(3);
  });

  test('that the store refuses is set aside, and holds up none that came with it', async () => {
    const userId = randomUUID();
    const before = await metric('turnpike_usage_batches_unreadable');
    await usage.app().kill();
    await usage.leave([{ caller: person(userId) }]);
    await usage.leave([{ caller: person(userId), status: 99_999 }]);
    await usage.leave([{ caller: person(userId) }]);
    await usage.restart();
    await drained();
    const records = await usage.rows('SELECT 1 FROM request_record WHERE user_id = $1', [userId]);
    expect(records).toHaveLength(2);
    expect(await metric('turnpike_usage_batches_unreadable')).toBe(before + 1);
  });

  test('of a clock that is off lands on a day that there is', async () => {
    const before = await usage.count();
    await usage.record({ atMs: Date.now() + 40 * 86_400_000 }, { atMs: Date.now() - 40 * 86_400_000 });
    expect(await usage.count()).toBe(before + 2);
  });

  test('that was lost on the way is told by the gap in its producer’s numbers', async () => {
    const before = await metric('turnpike_usage_batches_lost');
    const producer = randomUUID();
    await usage.leave([{}], producer, 1);
    await usage.leave([{}], producer, 4);
    await drained();
    expect(await metric('turnpike_usage_batches_lost')).toBe(before + 2);
    await usage.leave([{}], producer, 3);
    await drained();
    expect(await metric('turnpike_usage_batches_lost')).toBe(before + 1);
  });
});

test('a stream that came back empty is read on', async () => {
  await usage.stream.del(RECORDS_STREAM);
  await usage.record({ requestId: 'after-the-loss' });
  expect(await usage.rows("SELECT 1 FROM request_record WHERE request_id = 'after-the-loss'")).toHaveLength(1);
});
