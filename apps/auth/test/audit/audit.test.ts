import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SERVICE_ACTED_FOR_USER } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit';
import { dataOf, makeKey, signInDeveloper } from '../account-harness.ts';
import { asOperator, asService, call, createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

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

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly user_id?: string | null;
  readonly detail: Record<string, unknown>;
}

const trail = async (query: string) => {
  const { status, body } = await call(auth, 'GET', `/api/v1/auth/admin/audit${query}`, { headers: asOperator });
  expect(status).toBe(200);
  return body as unknown as { items: Entry[]; total: number };
};
const report = (items: unknown[]) =>
  call(auth, 'POST', '/internal/auth/audit', { body: { items }, headers: asService });

describe('the audit trail', () => {
  test('holds sign-in, making, rotating and deleting of keys, and projects; the newest first', async () => {
    const developer = await signInDeveloper(auth);
    const project = dataOf(await developer.send('POST', '/auth/projects/', { body: { name: 'p' } }));
    const { id, text } = await makeKey(developer);
    const rotated = dataOf(await developer.send('POST', `/auth/api-keys/${id}/rotate`));
    await developer.send('DELETE', `/auth/api-keys/${String(rotated['id'])}`);
    await developer.send('DELETE', `/auth/projects/${String(project['id'])}`);
    const own = await developer.send('GET', '/api/v1/auth/audit');
    const items = own.body['items'] as Entry[];
    expect(items.map(({ action }) => action)).toEqual([
      'project.delete',
      'key.delete',
      'key.rotate',
      'key.create',
      'project.create',
      'session.open',
    ]);
    expect(own.body).toMatchObject({ total: 6, limit: 20, offset: 0 });
    expect(items.find(({ action }) => action === 'key.create')).toMatchObject({
      actor: 'user',
      detail: { key_id: id, project_id: developer.projectId },
    });
    expect(JSON.stringify(items)).not.toContain(text);
    expect((await trail(`?user_id=${developer.userId}`)).items.map(({ action }) => action)).toEqual(
      items.map(({ action }) => action),
    );
    expect((await trail(`?user_id=${developer.userId}&action=key.rotate`)).total).toBe(1);
  });

  test('shows a user their own entries only', async () => {
    const [one, other] = [await signInDeveloper(auth), await signInDeveloper(auth)];
    await makeKey(one);
    const seen = (await other.send('GET', '/api/v1/auth/audit')).body;
    expect(seen).toMatchObject({ total: 1, items: [{ action: 'session.open' }] });
    expect(JSON.stringify(seen)).not.toContain(one.userId);
  });

  test('can be narrowed to a time and paged', async () => {
    const developer = await signInDeveloper(auth);
    await makeKey(developer);
    const all = await trail(`?user_id=${developer.userId}`);
    expect((await trail(`?user_id=${developer.userId}&limit=1&offset=1`)).items).toEqual([all.items[1]]);
    expect((await trail(`?user_id=${developer.userId}&until=2020-01-01T00:00:00Z`)).total).toBe(0);
    for (const since of ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00%2B00:00', '2020-01-01T00:00:00+02:00'])
      expect((await trail(`?user_id=${developer.userId}&since=${since}`)).total).toBe(all.total);
  });

  test('is for operators', async () => {
    expect((await call(auth, 'GET', '/api/v1/auth/admin/audit')).status).toBe(403);
    expect((await call(auth, 'GET', '/api/v1/auth/admin/audit', { headers: asService })).status).toBe(403);
  });
});

describe('reports of other services', () => {
  const reportFor = (userId: string) => ({
    id: uuidv7(),
    at: new Date().toISOString(),
    action: SERVICE_ACTED_FOR_USER,
    actor: 'service',
    user_id: userId,
    request_id: 'r-1',
    detail: { caller: 'billing', method: 'GET', path: '/api/v1/credits/balance' },
  });

  test('every call of a service for a user is in the trail, for operators and for the user', async () => {
    const developer = await signInDeveloper(auth);
    expect((await report([reportFor(developer.userId), reportFor(developer.userId)])).body).toEqual({ recorded: 2 });
    const { items } = (await developer.send('GET', '/api/v1/auth/audit')).body as unknown as { items: Entry[] };
    expect(items[0]).toMatchObject({
      action: SERVICE_ACTED_FOR_USER,
      actor: 'service',
      detail: { caller: 'billing', reporter: 'internal' },
    });
    expect((await trail(`?action=${SERVICE_ACTED_FOR_USER}&user_id=${developer.userId}`)).total).toBe(2);
  });

  test('are found by a time as fine as they were reported with', async () => {
    const { userId } = await signInDeveloper(auth);
    await report([{ ...reportFor(userId), at: '2026-01-02T03:04:05.123456Z' }]);
    const found = (narrowed: string) => trail(`?user_id=${userId}&action=${SERVICE_ACTED_FOR_USER}&${narrowed}`);
    expect((await found('since=2026-01-02T03:04:05.123456Z&until=2026-01-02T03:04:05.123457Z')).total).toBe(1);
    expect((await found('since=2026-01-02T03:04:05.123457Z')).total).toBe(0);
    expect((await found('until=2026-01-02T03:04:05.123456Z')).total).toBe(0);
  });

  test('one reported twice is recorded once', async () => {
    const { userId } = await signInDeveloper(auth);
    const once = reportFor(userId);
    await Promise.all(Array.from({ length: 10 }, () => report([once])));
    expect((await report([once])).body).toEqual({ recorded: 0 });
    expect((await trail(`?user_id=${userId}&action=${SERVICE_ACTED_FOR_USER}`)).total).toBe(1);
  });

  test('of an account that was erased since keep the event, not the person', async () => {
    const { userId } = await signInDeveloper(auth);
    await auth.context.database.query("SELECT * FROM account_stop($1::uuid, 'deleted', 'test')", userId);
    expect((await report([{ ...reportFor(userId), address: '192.0.2.77' }])).body).toEqual({ recorded: 1 });
    const rows = await auth.context.database.query(
      'SELECT user_id, address, request_id, detail FROM audit_event ORDER BY id DESC LIMIT 1',
    );
    expect(rows).toEqual([{ user_id: null, address: null, request_id: null, detail: {} }]);
  });

  test('without a service key are refused, as are malformed ones', async () => {
    expect((await call(auth, 'POST', '/internal/auth/audit', { body: { items: [reportFor(uuidv7())] } })).status).toBe(
      403,
    );
    expect((await report([])).status).toBe(422);
    expect((await report([{ ...reportFor(uuidv7()), action: 'X' }])).status).toBe(422);
  });
});

describe('erasure', () => {
  test('leaves no row of projects, keys or answers, and a key that is unknown', async () => {
    const developer = await signInDeveloper(auth);
    await developer.send('POST', '/auth/api-keys/', {
      body: { name: 'secret plans' },
      headers: { 'idempotency-key': 'erase-me' },
    });
    const erased = await call(auth, 'POST', '/internal/auth/erasures', {
      body: { user_id: developer.userId, receipt_id: uuidv7() },
      headers: asService,
    });
    expect(erased.status).toBe(200);
    expect(erased.body).toMatchObject({ erased: { api_key: 1, project: 1, idempotency: 1 } });
    const left = await auth.context.database.query(
      `SELECT (SELECT count(*)::int FROM project WHERE user_id = $1::uuid) + (SELECT count(*)::int FROM api_key WHERE user_id = $1::uuid)
            + (SELECT count(*)::int FROM idempotency WHERE scope LIKE '%' || $1 || '%') AS rows`,
      developer.userId,
    );
    expect(left).toEqual([{ rows: 0 }]);
  });

  test('is preceded by an export that holds projects and keys, and no secret', async () => {
    const developer = await signInDeveloper(auth);
    const { id, text } = await makeKey(developer);
    const { body } = await call(auth, 'GET', `/internal/auth/export?user_id=${developer.userId}`, {
      headers: asService,
    });
    expect(body).toMatchObject({ api_keys: [{ id, name: 'test' }], projects: [{ id: developer.projectId }] });
    expect(JSON.stringify(body)).not.toContain(text);
    expect(JSON.stringify(body)).not.toMatch(/digest/);
  });
});
