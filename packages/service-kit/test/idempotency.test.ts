import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { idempotent, uuidv7, type StoredReply } from '../src/index.ts';
import { openDatabase } from './database.ts';

let database: Awaited<ReturnType<typeof openDatabase>>;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const reply = (body: unknown): StoredReply<201, unknown> => ({ status: 201, body });
const once = (
  key: string,
  request: unknown,
  work: (operationId: string) => Promise<StoredReply<201, unknown>>,
  scope = 'user:1',
) => idempotent(database.query, { scope, key, request }, uuidv7, work);

describe('the same key', () => {
  test('and request returns the first answer again, marked as a replay', async () => {
    let runs = 0;
    const work = async () => reply({ run: (runs += 1) });
    expect(await once('a', { n: 1 }, work)).toEqual({ status: 201, body: { run: 1 } });
    expect(await once('a', { n: 1 }, work)).toEqual({
      status: 201,
      body: { run: 1 },
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(runs).toBe(1);
  });

  test('and another request is a conflict', async () => {
    await once('b', { n: 1 }, async () => reply(1));
    await expect(once('b', { n: 2 }, async () => reply(2))).rejects.toMatchObject({ code: 'idempotency.conflict' });
  });

  test('of another caller is another key', async () => {
    await once('c', {}, async () => reply('first'), 'user:1');
    expect(await once('c', {}, async () => reply('second'), 'user:2')).toEqual(reply('second'));
  });

  test('while the first still runs is a conflict with Retry-After', async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const first = once('d', {}, async () => {
      started.resolve();
      await gate.promise;
      return reply('done');
    });
    await started.promise;
    await expect(once('d', {}, async () => reply('double'))).rejects.toMatchObject({
      code: 'idempotency.in_progress',
      headers: { 'Retry-After': '1' },
    });
    gate.resolve();
    expect(await first).toEqual(reply('done'));
  });

  test('fifty times at once runs the work once', async () => {
    let runs = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => once('e', {}, async () => reply((runs += 1)))),
    );
    expect(runs).toBe(1);
    expect(outcomes.some((outcome) => outcome.status === 'fulfilled')).toBe(true);
  });

  test('after a refusal may be tried again, as the same operation', async () => {
    const ids: string[] = [];
    await expect(
      once('f', {}, async (id) => {
        ids.push(id);
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    await once('f', {}, async (id) => {
      ids.push(id);
      return reply('ok');
    });
    expect(ids[0]).toBe(ids[1]);
  });

  test('after a crash is taken over when the lease has run out', async () => {
    const never = new Promise<StoredReply<201, unknown>>(() => {});
    const started = Promise.withResolvers<void>();
    void once('g', {}, () => {
      started.resolve();
      return never;
    });
    await started.promise;
    await database.query(
      "UPDATE idempotency SET locked_until = clock_timestamp() - interval '1 second' WHERE answer IS NULL",
    );
    expect(await once('g', {}, async () => reply('recovered'))).toEqual(reply('recovered'));
  });
});

test('a stored answer cannot be read without the client’s key', async () => {
  const secret = 'sk_live_canary_of_a_new_key';
  await once('h', {}, async () => reply({ full_key: secret }));
  const rows = await database.query<{ all: string }>(
    "SELECT encode(answer, 'escape') || encode(answer, 'hex') AS all FROM idempotency WHERE answer IS NOT NULL",
  );
  const dump = rows.map((row) => row.all).join();
  expect(dump).not.toContain(secret);
  expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
});
