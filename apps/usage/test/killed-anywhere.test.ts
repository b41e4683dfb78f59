import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RECORDS_STREAM } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { person, startUsage, type Usage } from './start-usage.ts';

/** What reached the stream is stored once, wherever the service is killed. */

const BATCHES = 120;
const RECORDS = 20;
const KILLS = 5;
let usage: Usage;

beforeAll(async () => {
  usage = await startUsage();
});

afterAll(() => usage.stop());

test('killing the service while it stores loses and doubles nothing that reached the stream', async () => {
  const userId = randomUUID();
  const producer = randomUUID();
  const detail = { operation: 'chat', held: 1_000_000, charged: 1_000_000, chargeState: 'settled' } as const;
  const given = Array.from({ length: RECORDS }, () => ({ caller: person(userId), detail }));
  let sequence = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (let batch = 0; batch < BATCHES / KILLS; batch += 1) await usage.leave(given, producer, (sequence += 1));
    // Another moment of its work each time.
    await pause(kill * 7);
    await usage.app().kill();
    await usage.restart();
  }
  await waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0, { timeoutMs: 120_000 });
  const [records] = await usage.rows(
    'SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids, sum(charged_micro)::bigint AS charged FROM request_record WHERE user_id = $1',
    [userId],
  );
  const total = BATCHES * RECORDS;
  expect(records).toEqual({ n: total, ids: total, charged: String(total * 1_000_000) });
  const sums = await usage.rows(
    'SELECT unit, sum(requests)::int AS n, sum(charged_micro)::bigint AS charged FROM usage_rollup WHERE owner_id = $1 GROUP BY unit ORDER BY unit',
    [userId],
  );
  expect(sums).toEqual(
    ['day', 'day_total', 'hour', 'hour_total', 'minute'].map((unit) => ({
      unit,
      n: total,
      charged: String(total * 1_000_000),
    })),
  );
});

test('killing the service while records and calls find each other completes each record once', async () => {
  const userId = randomUUID();
  const edge = randomUUID();
  const gateway = randomUUID();
  const batches = 30;
  const perBatch = 10;
  const idsOf = (batch: number) => Array.from({ length: perBatch }, (_value, place) => `${userId}-${batch}-${place}`);
  const leaveRequests = (batch: number) =>
    usage.leave(
      idsOf(batch).map((requestId) => ({ caller: person(userId), upstream: 'turnpike:llm', requestId })),
      edge,
      batch + 1,
    );
  const leaveCalls = (batch: number) =>
    usage.leave(
      [],
      gateway,
      batch + 1,
      idsOf(batch).map((requestId) => ({
        requestId,
        startedMs: Date.now(),
        userId,
        organisationId: null,
        hold: 'hold',
        held: 2_000,
        charged: 900,
        chargeState: 'settled',
        model: { provider: 'openai', model: 'm', input_tokens: 20 },
      })),
    );
  for (let batch = 0; batch < batches; batch += 1) {
    const both = [leaveRequests, leaveCalls];
    for (const leave of batch % 2 === 0 ? both : both.reverse()) await leave(batch);
    // A reply that was lost on the way: the same batch comes again.
    if (batch % 3 === 0) await leaveCalls(batch);
    if (batch % 6 !== 5) continue;
    await pause(batch);
    await usage.app().kill();
    await usage.restart();
  }
  await waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0, { timeoutMs: 120_000 });
  const total = batches * perBatch;
  const [records] = await usage.rows(
    `SELECT count(*)::int AS n, count(model_call)::int AS completed, sum(charged_micro)::int AS charged FROM request_record WHERE user_id = $1`,
    [userId],
  );
  expect(records).toEqual({ n: total, completed: total, charged: total * 900 });
  const sums = await usage.rows(
    `SELECT unit, model, sum(requests)::int AS n, sum(charged_micro)::int AS charged, sum(input_tokens)::int AS input
       FROM usage_rollup WHERE owner_id = $1 GROUP BY unit, model HAVING sum(requests) <> 0 ORDER BY unit`,
    [userId],
  );
  expect(sums).toEqual(
    ['day', 'day_total', 'hour', 'hour_total', 'minute'].map((unit) => ({
      unit,
      model: 'm',
      n: total,
      charged: total * 900,
      input: total * 20,
    })),
  );
  expect(await usage.rows('SELECT 1 FROM unmatched_call WHERE user_id = $1', [userId])).toEqual([]);
});
