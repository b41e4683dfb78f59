import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IMPERSONAL_TABLES, PERSONAL_TABLES } from '../src/personal-data.ts';
import { member, person, startUsage, type Usage } from './start-usage.ts';

let usage: Usage;

beforeAll(async () => {
  usage = await startUsage();
});

afterAll(() => usage.stop());

const erase = (userId: string) =>
  usage.send('POST', '/internal/usage/erasures', {}, { user_id: userId, receipt_id: randomUUID() });

test('every table is declared as personal or not', async () => {
  const tables = await usage.rows(
    `SELECT relname AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  const declared = [...Object.keys(PERSONAL_TABLES), ...Object.keys(IMPERSONAL_TABLES)];
  expect(tables.map(({ name }) => String(name)).toSorted()).toEqual(declared.toSorted());
});

describe('an erasure', () => {
  test('removes what a person did for themselves, and their name from an organisation’s; the sums stay', async () => {
    const [userId, other, organisationId] = [randomUUID(), randomUUID(), randomUUID()];
    await usage.record(
      { caller: person(userId), requestId: `canary-${userId}` },
      { caller: member(userId, organisationId), requestId: `canary-${userId}` },
      { caller: member(other, organisationId) },
    );
    const { status, body } = await erase(userId);
    expect(status).toBe(200);
    expect(body['erased']).toMatchObject({ request_record: 2 });
    const everything = JSON.stringify([
      await usage.rows('SELECT * FROM request_record'),
      await usage.rows('SELECT * FROM usage_rollup'),
    ]);
    expect(everything).not.toContain(userId);
    const ours = await usage.rows(
      "SELECT sum(requests)::int AS n FROM usage_rollup WHERE owner_id = $1 AND unit = 'day'",
      [organisationId],
    );
    expect(ours).toEqual([{ n: 2 }]);
    // Repeated, and with a record that was still under way.
    await usage.leave([{ caller: person(userId) }, { caller: member(userId, organisationId) }]);
    await usage.record({ caller: person(other) });
    expect((await erase(userId)).status).toBe(200);
    const late = JSON.stringify([
      await usage.rows('SELECT * FROM request_record'),
      await usage.rows('SELECT * FROM usage_rollup'),
    ]);
    expect(late).not.toContain(userId);
    const [sums] = await usage.rows(
      "SELECT sum(requests)::int AS n FROM usage_rollup WHERE owner_id = $1 AND unit = 'day'",
      [organisationId],
    );
    expect(sums).toEqual({ n: 3 });
  });
});

test('an export holds a person’s records, and nobody else’s', async () => {
  const [userId, other] = [randomUUID(), randomUUID()];
  await usage.record(
    { caller: person(userId), requestId: 'exported' },
    { caller: person(other), requestId: 'not-theirs' },
  );
  const { status, body } = await usage.send('GET', `/internal/usage/export?user_id=${userId}`);
  expect(status).toBe(200);
  const { requests } = body as unknown as { requests: { request_id: string }[] };
  expect(requests.map(({ request_id: id }) => id)).toEqual(['exported']);
  expect((await usage.send('GET', `/internal/usage/export?user_id=${randomUUID()}`)).body).toEqual({ requests: [] });
});
