import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RECORDS_STREAM, type CallCompletion } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { member, person, startUsage, type Given, type Usage } from './start-usage.ts';

/** What is known of a call of a language model comes by itself, before or after the record of its request. */

let usage: Usage;
let userId: string;
let requestId: string;
beforeAll(async () => {
  usage = await startUsage();
});
beforeEach(() => {
  userId = randomUUID();
  requestId = `call-${userId}`;
});
afterAll(() => usage.stop());

const drained = () => waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0);

const request = (more: Given = {}): Given => ({
  caller: person(userId),
  route: 'llm.proxy.openai',
  upstream: 'turnpike:llm',
  requestId,
  ...more,
});

const completion = (more: Partial<CallCompletion> = {}): CallCompletion => ({
  requestId,
  startedMs: Date.now(),
  userId,
  organisationId: null,
  hold: 'hold-1',
  held: 2_000,
  charged: 900,
  chargeState: 'settled',
  model: { provider: 'openai', model: 'm', input_tokens: 20, output_tokens: 10, violations: 1, blocked: true },
  ...more,
});

const leaveCalls = (calls: readonly CallCompletion[], producer: string = randomUUID()) =>
  usage.leave([], producer, 1, calls);

const records = () =>
  usage.rows(
    `SELECT provider, model, input_tokens::int AS input, hold_id AS hold, held_micro::int AS held, charged_micro::int AS charged,
            charge_state AS state FROM request_record WHERE user_id = $1 ORDER BY at, id`,
    [userId],
  );
const COMPLETE = {
  provider: 'openai',
  model: 'm',
  input: 20,
  hold: 'hold-1',
  held: 2_000,
  charged: 900,
  state: 'settled',
};

/** The sums of each unit, by model; those of nothing are left out. */
const sums = (owner = userId) =>
  usage.rows(
    `SELECT unit, model, sum(requests)::int AS requests, sum(errors)::int AS errors, sum(charged_micro)::int AS charged, sum(input_tokens)::int AS input,
            sum(output_tokens)::int AS output, sum(violations)::int AS violations, sum(blocked)::int AS blocked, sum(latency[2])::int AS latency
       FROM usage_rollup WHERE owner_id = $1 GROUP BY unit, model HAVING sum(requests) <> 0 OR sum(charged_micro) <> 0 OR sum(latency[2]) <> 0
      ORDER BY unit, model`,
    [owner],
  );
const UNITS = ['day', 'day_total', 'hour', 'hour_total', 'minute'];
const summed = (requests: number, errors = 0) =>
  UNITS.map((unit) => ({
    unit,
    model: 'm',
    requests,
    errors,
    charged: 900 * requests,
    input: 20 * requests,
    output: 10 * requests,
    violations: requests,
    blocked: requests,
    latency: requests,
  }));

const waiting = () => usage.rows('SELECT 1 FROM unmatched_call WHERE user_id = $1', [userId]);

test.each<[string, () => Promise<void>]>([
  [
    'after the record',
    async () => {
      await usage.record(request());
      await leaveCalls([completion()]);
    },
  ],
  [
    'before the record',
    async () => {
      await leaveCalls([completion()]);
      await waitFor(async () => (await waiting()).length === 1);
      await usage.record(request());
    },
  ],
  ['with the record', () => usage.leave([request()], randomUUID(), 1, [completion()])],
  [
    'and again',
    async () => {
      const producer = randomUUID();
      await leaveCalls([completion()], producer);
      await usage.record(request());
      await leaveCalls([completion()], producer);
    },
  ],
])('a call that comes %s completes it and its sums, once', async (_when, leave) => {
  await leave();
  await drained();
  expect(await records()).toEqual([COMPLETE]);
  expect(await sums()).toEqual(summed(1));
  expect(await waiting()).toEqual([]);
});

test('one request id of several requests: each call completes one of them', async () => {
  await usage.record(request(), request({ status: 499 }));
  await leaveCalls([completion(), completion()]);
  await leaveCalls([completion()]);
  await usage.record(request());
  await drained();
  expect(await records()).toEqual([COMPLETE, COMPLETE, COMPLETE]);
  expect(await sums()).toEqual(summed(3, 1));
});

test('a call completes no request of somebody else, of another organisation, of another service, or that is long past', async () => {
  const organisationId = randomUUID();
  await usage.record(
    request({ caller: person(randomUUID()) }),
    request({ caller: member(userId, organisationId) }),
    request({ upstream: 'clockchain' }),
    request({ atMs: Date.now() - 3_600_000 }),
  );
  await leaveCalls([completion(), completion({ organisationId: randomUUID() })]);
  await drained();
  expect((await records()).map(({ model }) => model)).toEqual([null, null, null]);
  expect(await waiting()).toHaveLength(2);
  await leaveCalls([completion({ organisationId })]);
  await drained();
  expect(await sums(organisationId)).toEqual(summed(1));
});

test('calls and records that come at once, in any order, find each other', async () => {
  const count = 60;
  const ids = Array.from({ length: count }, (_value, index) => `${requestId}-${index}`);
  await Promise.all(
    ids.flatMap((id) => [
      usage.leave([request({ requestId: id })], randomUUID(), 1),
      usage.leave([], randomUUID(), 1, [completion({ requestId: id })]),
    ]),
  );
  await drained();
  expect(await records()).toEqual(ids.map(() => COMPLETE));
  expect(await sums()).toEqual(summed(count));
  expect(await waiting()).toEqual([]);
});

test('an erasure removes calls that wait, and one that comes later is not kept', async () => {
  await leaveCalls([completion()]);
  await waitFor(async () => (await waiting()).length === 1);
  const body = { user_id: userId, receipt_id: randomUUID() };
  expect((await usage.send('POST', '/internal/usage/erasures', {}, body)).status).toBe(200);
  await leaveCalls([completion()]);
  await drained();
  expect(await waiting()).toEqual([]);
});

test('the record of an organisation’s call is found by its request id and a moment, for violations of policies', async () => {
  const [organisationId, other] = [randomUUID(), randomUUID()];
  const atMs = Date.now() - 600_000;
  const by = (owner: string, more: Given) => request({ caller: member(userId, owner), ...more });
  // One request id of three calls, the last of which is another organisation's.
  await usage.record(
    by(organisationId, { atMs }),
    by(organisationId, { atMs: atMs + 60_000 }),
    by(other, { atMs: atMs + 60_000 }),
    by(organisationId, { atMs, requestId: `${requestId}-2` }),
  );
  const rows = await usage.rows(
    'SELECT id, request_id AS request, at FROM request_record WHERE organisation_id = $1 ORDER BY at, request_id',
    [organisationId],
  );
  const [first, second, third] = rows.map(({ id }) => id);
  const asked = async (environment: string, ...calls: [requestId: string, at: number][]) => {
    const body = {
      organisation_id: organisationId,
      environment,
      calls: calls.map(([id, at]) => ({ request_id: id, at: new Date(at).toISOString() })),
    };
    const answer = await usage.send('POST', '/internal/usage/records/ids', {}, body);
    expect(answer.status).toBe(200);
    return answer.body['ids'];
  };
  expect(
    await asked(
      'prod',
      [requestId, atMs + 1_000],
      [requestId, atMs + 61_000],
      [`${requestId}-2`, atMs + 1_000],
      [`${requestId}-3`, atMs],
      [requestId, atMs - 86_400_000],
    ),
  ).toEqual([first, third, second, null, null]);
  expect(await asked('test', [requestId, atMs])).toEqual([null]);
  expect((await usage.send('POST', '/internal/usage/records/ids', {}, { calls: [] })).status).toBe(422);
  const stranger = { 'x-service-key': 'wrong' };
  expect((await usage.send('POST', '/internal/usage/records/ids', stranger, {})).status).toBe(403);
});
