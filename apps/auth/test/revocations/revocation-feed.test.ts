import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  callAs,
  asService,
  call,
  createStores,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let auth: AuthInstance;

beforeAll(async () => {
  stores = await createStores();
  auth = await startAuth(stores);
});

afterAll(async () => {
  await auth.close();
  await stores.database.drop();
});

describe('revocations', () => {
  const page = z.object({
    items: z.array(z.object({ kind: z.string(), id: z.string(), at: z.string() })),
    until: z.string(),
    cursor: z.string().nullable(),
  });
  const poll = async (since: string, cursor?: string) => {
    const path = `/internal/auth/revocations?since=${since}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const answer = await call(auth, 'GET', path, { headers: asService });
    expect(answer.status).toBe(200);
    return page.parse(answer.body);
  };

  test('are on the stream and in the poll when the call has been answered', async () => {
    const session = await openSession(auth);
    const { until: before } = await poll(new Date().toISOString());
    await callAs(auth, session, 'POST', '/api/v1/auth/logout');
    const entries = await auth.context.redis.xrevrange('{turnpike}:revocations', '+', '-', 'COUNT', 1);
    expect(entries[0]?.[1].slice(0, 4)).toEqual(['kind', 'session', 'id', session.sessionId]);
    const { items, cursor } = await poll(before);
    expect(items.at(-1)).toEqual({ kind: 'session', id: session.sessionId, at: expect.any(String) });
    expect(cursor).toBeNull();
  });

  test('of a deleted account name the whole principal', async () => {
    const session = await openSession(auth);
    await callAs(auth, session, 'DELETE', '/api/v1/auth/me');
    const { items } = await poll(new Date().toISOString());
    expect(items.at(-1)).toMatchObject({ kind: 'principal', id: session.userId });
  });

  test('polling from one answer’s end to the next misses nothing, whatever commits late', async () => {
    const late = await auth.context.database.query<{ target_id: string }>(
      "INSERT INTO revocation (kind, target_id, at) VALUES ('session', gen_random_uuid(), now() - interval '5 seconds') RETURNING target_id",
    );
    const { items } = await poll(new Date().toISOString());
    expect(items.map(({ id }) => id)).toContain(late[0]?.target_id);
  });

  test('more than one answer holds are read on with its cursor, though all are of one moment', async () => {
    const { query } = auth.context.database;
    await query(
      "INSERT INTO revocation (kind, target_id, at) SELECT 'session', gen_random_uuid(), now() FROM generate_series(1, 2500)",
    );
    const since = new Date().toISOString();
    const ids = new Set<string>();
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const answer = await poll(since, cursor);
      for (const { id } of answer.items) ids.add(id);
      sizes.push(answer.items.length);
      cursor = answer.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(sizes.slice(0, 2)).toEqual([1_000, 1_000]);
    expect(sizes).toHaveLength(3);
    expect(ids.size).toBeGreaterThanOrEqual(2_500);
  });

  test.each(['', '?since=', '?since=yesterday', '?since=2026-01-01', '?since=2026-01-01T00:00:00Z&cursor=x'])(
    '%j is 422',
    async (query) => {
      expect((await call(auth, 'GET', `/internal/auth/revocations${query}`, { headers: asService })).status).toBe(422);
    },
  );
});
