import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RECORDS_STREAM, type CallCompletion } from '@turnpike/contracts';
import { waitFor } from '@turnpike/test-kit';
import { member, person, type Answer, type Given } from './start-usage.ts';
import { STORES, type UsageOverStore } from './stores.ts';

/** What a store of request records promises besides answers (usage.test.ts): the same cases over each. */

/** Records that are given out for an archive. */
interface Batch {
  readonly id: string;
  readonly items: readonly { readonly created_at: string }[];
}

const CHARGED = { operation: 'chat', held: 1_000_000, charged: 750_000, chargeState: 'settled' } as const;

describe.each(STORES)('over $name', ({ start }) => {
  let usage: UsageOverStore;
  beforeAll(async () => {
    usage = await start();
  });
  afterAll(() => usage.stop());

  const drained = () => waitFor(async () => (await usage.stream.xlen(RECORDS_STREAM)) === 0);
  const erase = (userId: string): Promise<Answer> =>
    usage.send('POST', '/internal/usage/erasures', {}, { user_id: userId, receipt_id: randomUUID() });
  /** Requests and cost of a person's own use, by each way of summing, and how many records are listed. */
  const usedBy = async (userId: string): Promise<unknown[]> => {
    const answers = await Promise.all(
      ['interval=minute', 'interval=hour', 'interval=day', 'interval=day&group_by=route'].map(
        async (query) => (await usage.asUser(userId, `/api/v1/usage?${query}`)).body,
      ),
    );
    const listed = await usage.asUser(userId, '/api/v1/usage/requests?limit=1');
    return [
      ...answers.map(({ totals }) => {
        const { requests, cost } = totals as unknown as { requests: number; cost: string };
        return [requests, cost];
      }),
      listed.body['total'],
    ];
  };
  const used = (requests: number, cost: string) => [...Array.from({ length: 4 }, () => [requests, cost]), requests];

  test('a batch that comes again, beside others and alone, changes nothing', async () => {
    const [userId, producer] = [randomUUID(), randomUUID()];
    const given = [{ caller: person(userId), detail: CHARGED }, { caller: person(userId) }];
    await usage.leave(given, producer, 1);
    await usage.leave(given, producer, 1);
    await usage.leave([{ caller: person(userId) }], producer, 2);
    await drained();
    await usage.leave(given, producer, 1);
    await drained();
    expect(await usedBy(userId)).toEqual(used(3, '0.75'));
  });

  test('sums say of each request what was charged, how long it took and how it ended', async () => {
    const userId = randomUUID();
    await usage.record(
      { caller: person(userId), durationUs: 999 },
      { caller: person(userId), durationUs: 1_000, detail: CHARGED },
      { caller: person(userId), durationUs: 59_999_999, status: 500 },
      { caller: person(userId), durationUs: 60_000_000, status: 404 },
    );
    const { body } = await usage.asUser(userId, '/api/v1/usage?interval=day&group_by=status');
    expect(body['totals']).toMatchObject({
      requests: 4,
      errors: 2,
      cost: '0.75',
      latency_ms: { p50: 2, p95: 60_000, p99: 60_000 },
      ttft_ms: { p50: null, p95: null, p99: null },
    });
    expect(
      (body['groups'] as unknown as { key: string; requests: number }[]).map(({ key, requests }) => [key, requests]),
    ).toEqual([
      ['2xx', 2],
      ['4xx', 1],
      ['5xx', 1],
    ]);
  });

  test('organisations with records of a time are listed, in pages', async () => {
    const [organisationId, other] = [randomUUID(), randomUUID()].toSorted() as [string, string];
    await usage.record(
      { caller: member(randomUUID(), organisationId) },
      { caller: member(randomUUID(), organisationId) },
      { caller: member(randomUUID(), other) },
      { caller: person(randomUUID()) },
    );
    const at = (ms: number) => encodeURIComponent(new Date(Date.now() + ms).toISOString());
    const listed = async (query: string) =>
      (await usage.send('GET', `/internal/usage/organisations?${query}`)).body['items'] as unknown as string[];
    const now = `from=${at(-1_800_000)}&to=${at(1_700_000)}`;
    expect(await listed(now)).toEqual(expect.arrayContaining([organisationId, other]));
    expect(await listed(`${now}&cursor=${organisationId}`)).not.toContain(organisationId);
    expect(await listed(`from=${at(-90_000_000)}&to=${at(-88_000_000)}`)).toEqual([]);
    const tooLong = await usage.send('GET', `/internal/usage/organisations?from=${at(-9_000_000)}&to=${at(0)}`);
    expect(tooLong.status).toBe(422);
  });

  test('records that come when their hour may be archived are left out of it, and given out for an archive of their own until that is noted', async () => {
    const [organisationId, hourMs] = [randomUUID(), Math.floor(Date.now() / 3_600_000 - 3) * 3_600_000];
    const late = { caller: member(randomUUID(), organisationId), atMs: hourMs + 60_000 };
    await usage.record(late, { ...late, atMs: hourMs + 120_000 }, { caller: late.caller }, { atMs: hourMs });
    const take = async () =>
      (await usage.send('POST', '/internal/usage/late-batches')).body['batch'] as unknown as Batch;
    const waited = () =>
      usage.rows("UPDATE late_record SET stored_at = stored_at - interval '11 minutes' WHERE organisation_id = $1", [
        organisationId,
      ]);
    expect(await take()).toBeNull();
    await waited();
    const batch = await take();
    expect(batch).toMatchObject({ organisation_id: organisationId, hour: new Date(hourMs).toISOString() });
    expect(batch.items.map(({ created_at: at }) => Date.parse(at) - hourMs)).toEqual([120_000, 60_000]);
    // Somebody has it, and one that comes later is in another.
    await usage.record({ ...late, atMs: hourMs + 180_000 });
    expect(await take()).toBeNull();
    await usage.rows('UPDATE late_batch SET next_attempt_at = now() WHERE id = $1', [batch.id]);
    expect(await take()).toEqual(batch);
    const archived = `/internal/usage/late-batches/${batch.id}/archived`;
    for (let twice = 0; twice < 2; twice += 1) expect((await usage.send('POST', archived)).status).toBe(204);
    await waited();
    expect((await take()).items.map(({ created_at: at }) => Date.parse(at) - hourMs)).toEqual([180_000]);
    expect((await usage.send('POST', `/internal/usage/late-batches/${randomUUID()}/archived`)).status).toBe(404);

    const listed = async (more: string) => {
      const period = `from=${new Date(hourMs).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`;
      const answer = await usage.send(
        'GET',
        `/internal/usage/organisations/${organisationId}/records?${period}${more}`,
      );
      return (answer.body['items'] as unknown as unknown[]).length;
    };
    expect([await listed(''), await listed('&without_late=true')]).toEqual([4, 1]);
  });

  test('killing the service, and the store, while they work loses and doubles nothing that reached the stream', async () => {
    const [userId, producer] = [randomUUID(), randomUUID()];
    const given = Array.from({ length: 20 }, () => ({ caller: person(userId), detail: CHARGED }));
    const [kills, batches] = [4, 10];
    for (let sequence = 1, kill = 0; kill < kills; kill += 1) {
      for (let batch = 0; batch < batches; batch += 1) await usage.leave(given, producer, sequence++);
      // Another moment of its work each time.
      await pause(kill * 25);
      if (kill % 2 === 1) await usage.engine?.kill();
      else await usage.app().kill();
      if (kill % 2 === 1) await usage.engine?.start();
      else await usage.restart();
    }
    await drained();
    const total = kills * batches * given.length;
    expect(await usedBy(userId)).toEqual(used(total, String(total * 0.75)));
  });

  describe('a call of a language model completes the record of its request', () => {
    const request = (userId: string, requestId: string): Given => ({
      caller: person(userId),
      route: 'llm.proxy.openai',
      upstream: 'turnpike:llm',
      requestId,
    });
    const completion = (userId: string, requestId: string): CallCompletion => ({
      requestId,
      startedMs: Date.now(),
      userId,
      organisationId: null,
      hold: 'hold-1',
      held: 2_000_000,
      charged: 900_000,
      chargeState: 'settled',
      model: { provider: 'openai', model: 'm', input_tokens: 20, output_tokens: 10, violations: 1, blocked: true },
    });
    const waiting = async (userId: string): Promise<boolean> => {
      const sql = 'SELECT 1 FROM unmatched_call WHERE user_id = $1 AND NOT EXISTS (SELECT FROM pending_completion)';
      return (await usage.rows(sql, [userId])).length > 0;
    };

    test.each<[string, (userId: string) => Promise<void>]>([
      [
        'that came before',
        async (userId) => {
          await usage.record(request(userId, 'one'));
          await usage.leave([], randomUUID(), 1, [completion(userId, 'one')]);
        },
      ],
      [
        'that comes later',
        async (userId) => {
          await usage.leave([], randomUUID(), 1, [completion(userId, 'one')]);
          await waitFor(() => waiting(userId));
          await usage.record(request(userId, 'one'));
        },
      ],
      ['of its batch', (userId) => usage.leave([request(userId, 'one')], randomUUID(), 1, [completion(userId, 'one')])],
      [
        'once, though both come again',
        async (userId) => {
          const [edge, gateway] = [randomUUID(), randomUUID()];
          for (let time = 0; time < 3; time += 1) {
            await usage.leave([], gateway, 1, [completion(userId, 'one')]);
            await usage.leave([request(userId, 'one')], edge, 1);
          }
        },
      ],
    ])('%s', async (_when, leave) => {
      const userId = randomUUID();
      await leave(userId);
      await drained();
      const { items } = (await usage.asUser(userId, '/api/v1/usage/requests')).body as unknown as { items: unknown[] };
      expect(items).toMatchObject([{ provider: 'openai', model: 'm', held: '2', charged: '0.9', input_tokens: 20 }]);
      expect(await usedBy(userId)).toEqual(used(1, '0.9'));
      for (const interval of ['minute', 'hour', 'day']) {
        const { body } = await usage.asUser(userId, `/api/v1/usage?interval=${interval}&group_by=model`);
        expect(body['groups']).toMatchObject([
          { key: 'm', requests: 1, cost: '0.9', input_tokens: 20, output_tokens: 10, violations: 1, blocked: 1 },
        ]);
        expect(body['groups']).toHaveLength(1);
      }
    });

    test('and others that come at once, in any order, find each other', async () => {
      const userId = randomUUID();
      const ids = Array.from({ length: 40 }, (_value, index) => `call-${index}`);
      await Promise.all(
        ids.flatMap((id) => [
          usage.leave([request(userId, id)], randomUUID(), 1),
          usage.leave([], randomUUID(), 1, [completion(userId, id)]),
        ]),
      );
      await drained();
      expect(await usedBy(userId)).toEqual(used(ids.length, String(ids.length * 0.9)));
      const { body } = await usage.asUser(userId, '/api/v1/usage?interval=day&group_by=model');
      expect(body['groups']).toMatchObject([{ key: 'm', requests: ids.length }]);
    });

    test('unless the person was erased: what waits goes, and what comes later is not kept', async () => {
      const userId = randomUUID();
      await usage.record(request(userId, 'waits for its call'));
      await usage.leave([], randomUUID(), 1, [completion(userId, 'waits for its record')]);
      await drained();
      expect((await erase(userId)).status).toBe(200);
      await usage.leave([request(userId, 'late')], randomUUID(), 1, [completion(userId, 'late')]);
      await drained();
      expect(await usage.everything()).not.toContain(userId);
    });
  });

  test('an erasure removes what a person did for themselves, and their name from an organisation’s; the sums stay', async () => {
    const [userId, other, organisationId] = [randomUUID(), randomUUID(), randomUUID()];
    await usage.record(
      { caller: person(userId), requestId: `canary-${userId}` },
      { caller: member(userId, organisationId), requestId: `canary-${userId}`, detail: CHARGED },
      { caller: member(other, organisationId) },
    );
    const { status, body } = await erase(userId);
    expect([status, body]).toMatchObject([200, { erased: { request_record: 2 } }]);
    expect(await usage.everything()).not.toContain(userId);
    // Repeated, and with records that were still under way.
    await usage.leave([{ caller: person(userId) }, { caller: member(userId, organisationId) }]);
    await drained();
    expect((await erase(userId)).status).toBe(200);
    expect(await usage.everything()).not.toContain(userId);
    const stats = '/trueportai-services/api/v1/analytics/stats?interval=day&group_by=user';
    const { body: ours } = await usage.asMember(other, organisationId, 'member', stats);
    expect(ours['totals']).toMatchObject({ requests: 3, cost: '0.75' });
    expect(ours['groups']).toMatchObject([
      { key: '', requests: 2 },
      { key: other, requests: 1 },
    ]);
    const logs = await usage.asMember(other, organisationId, 'member', '/trueportai-services/api/v1/analytics/logs');
    expect(logs.body['total']).toBe(3);
  });

  test('an export holds a person’s records, those within organisations too, and nobody else’s', async () => {
    const [userId, other, organisationId] = [randomUUID(), randomUUID(), randomUUID()];
    await usage.record(
      { caller: person(userId), requestId: 'for-themselves' },
      { caller: member(userId, organisationId), requestId: 'within' },
      { caller: member(other, organisationId), requestId: 'not-theirs' },
    );
    const exportOf = async (id: string) =>
      (
        (await usage.send('GET', `/internal/usage/export?user_id=${id}`)).body as unknown as {
          requests: { request_id: string }[];
        }
      ).requests.map(({ request_id: requestId }) => requestId);
    expect((await exportOf(userId)).toSorted()).toEqual(['for-themselves', 'within']);
    expect(await exportOf(randomUUID())).toEqual([]);
  });

  test('after a 402, those who held the credits at that moment are named to an operator', async () => {
    const [userId, atMs] = [randomUUID(), Date.now() - 10_000];
    const hold = { operation: 'chat', held: 2_000_000, hold: 'a-hold' } as const;
    const refusal = { code: 'auth.insufficient_credits', operation: 'chat', cost: 5, balance: 3 } as const;
    await usage.record(
      { caller: person(userId), requestId: 'holder', atMs: atMs - 1_000, durationUs: 5_000_000, detail: hold },
      { caller: person(userId), requestId: 'over', atMs: atMs - 5_000, durationUs: 1_000_000, detail: hold },
      { caller: person(userId), requestId: 'refused', atMs, status: 402, detail: refusal },
    );
    const list = `/api/v1/usage/admin/requests?request_id=refused&user_id=${userId}`;
    const { items } = (await usage.asOperator(list)).body as unknown as { items: { id: string }[] };
    const { body } = await usage.asOperator(`/api/v1/usage/admin/requests/${items[0]?.id}`);
    const links = body['explain'] as unknown as { link: string; held_by_others?: { request_id: string }[] }[];
    const held = links.find(({ link }) => link === 'hold')?.held_by_others ?? [];
    expect(held.map(({ request_id: requestId }) => requestId)).toEqual(['holder']);
  });
});
