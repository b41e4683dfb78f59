import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { waitFor } from '@turnpike/test-kit';
import {
  dataOf,
  expectActive,
  expectInactive,
  keyRevocations,
  makeKey,
  signInDeveloper,
  type Developer,
} from '../account-harness.ts';
import { createStores, startAuth, type Answer, type AuthInstance, type Stores } from '../harness.ts';

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

const create = async (owner: Developer, name: string): Promise<string> =>
  String(dataOf(await owner.send('POST', '/auth/projects/', { body: { name } }))['id']);
const list = async (owner: Developer, query = '') =>
  dataOf(await owner.send('GET', `/auth/projects/${query}`)) as {
    items: { id: string; name: string }[];
    pagination: unknown;
  };

describe('projects', () => {
  test('a new account has the default project, listed first; others follow', async () => {
    const owner = await signInDeveloper(auth);
    const made = await owner.send('POST', '/auth/projects/', { body: { name: ' Maps ' } });
    expect(made.status).toBe(201);
    expect(dataOf(made)).toEqual({
      id: expect.any(String),
      name: 'Maps',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const { items, pagination } = await list(owner);
    expect(items.map(({ name }) => name)).toEqual(['Default project', 'Maps']);
    expect(pagination).toEqual({ page: 1, limit: 20, total: 2, pages: 1 });
    expect((await list(owner, '?page=2&limit=1')).items.map(({ name }) => name)).toEqual(['Maps']);
  });

  test('can be renamed', async () => {
    const owner = await signInDeveloper(auth);
    const answer = await owner.send('PATCH', `/auth/projects/${owner.projectId}`, { body: { name: 'Renamed' } });
    expect(answer.status).toBe(200);
    expect(dataOf(answer)).toMatchObject({ id: owner.projectId, name: 'Renamed' });
    expect((await list(owner)).items).toMatchObject([{ name: 'Renamed' }]);
  });

  test('are deleted with their keys, which end and are announced', async () => {
    const owner = await signInDeveloper(auth);
    const id = await create(owner, 'short-lived');
    const made = dataOf(await owner.send('POST', '/auth/api-keys/', { body: { name: 'x' }, projectId: id }));
    const other = await makeKey(owner);
    const answer = await owner.send('DELETE', `/auth/projects/${id}`);
    expect(answer.status).toBe(200);
    expect(dataOf(answer)).toEqual({ id, deleted_at: expect.any(String), keys_deactivated: 1 });
    await expectInactive(auth, String(made['full_key']), 'key_revoked');
    expect(await keyRevocations(auth, String(made['id']))).toHaveLength(1);
    await expectActive(auth, other.text);
    expect((await list(owner)).items.map(({ id: left }) => left)).toEqual([owner.projectId]);
    expect((await owner.send('DELETE', `/auth/projects/${id}`)).status).toBe(404);
    expect((await owner.send('GET', '/auth/api-keys/', { projectId: id })).status).toBe(404);
  });

  test('one must remain: 409, also when all are deleted at once', async () => {
    const owner = await signInDeveloper(auth);
    const last = await owner.send('DELETE', `/auth/projects/${owner.projectId}`);
    expect(last.status).toBe(409);
    expect(last.body).toMatchObject({ error: { code: 'resource.conflict' } });
    const ids = [owner.projectId, await create(owner, 'b'), await create(owner, 'c'), await create(owner, 'd')];
    const answers = await Promise.all(ids.map((id) => owner.send('DELETE', `/auth/projects/${id}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(1);
    expect((await list(owner)).items).toHaveLength(1);
  });

  test('a deletion waits for another that is under way, and sees what it did', async () => {
    const owner = await signInDeveloper(auth);
    const other = await create(owner, 'b');
    const { database } = auth.context;
    let answer: Answer | undefined;
    const second = await database.transaction(async ({ query }) => {
      await query('SELECT * FROM project_delete($1::uuid, $2::uuid)', other, owner.userId);
      const deleting = owner.send('DELETE', `/auth/projects/${owner.projectId}`).then((given) => (answer = given));
      await waitFor(
        async () =>
          answer !== undefined || (await database.query('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0,
      );
      return { deleting };
    });
    expect((await second.deleting).status).toBe(409);
    expect((await list(owner)).items.map(({ id }) => id)).toEqual([owner.projectId]);
  });

  test('deleting a project while keys are made in it leaves no live key behind', async () => {
    const owner = await signInDeveloper(auth);
    const id = await create(owner, 'contested');
    const making = Array.from({ length: 20 }, () =>
      owner.send('POST', '/auth/api-keys/', { body: { name: 'x' }, projectId: id }),
    );
    await Promise.all([...making, owner.send('DELETE', `/auth/projects/${id}`)]);
    expect(
      await auth.context.database.query(
        'SELECT id FROM api_key WHERE project_id = $1::uuid AND revoked_at IS NULL',
        id,
      ),
    ).toEqual([]);
  });

  test("another's and nobody's are the same 404", async () => {
    const [owner, other] = [await signInDeveloper(auth), await signInDeveloper(auth)];
    for (const [method, body] of [
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const [ofOther, ofNobody] = await Promise.all(
        [other.projectId, uuidv7()].map((id) => owner.send(method, `/auth/projects/${id}`, { body })),
      );
      expect(ofOther?.status).toBe(404);
      expect({ ...(ofOther?.body['error'] as object), details: null }).toEqual({
        ...(ofNobody?.body['error'] as object),
        details: null,
      });
    }
  });

  test('are bounded: 409, exactly as many as allowed under concurrency', async () => {
    const small = await startAuth(stores, { PROJECTS_PER_USER: '4' });
    try {
      const owner = await signInDeveloper(small);
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => owner.send('POST', '/auth/projects', { body: { name: 'x' } })),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    } finally {
      await small.close();
    }
  });

  test.each([{}, { name: '' }, { name: '   ' }, { name: 'x'.repeat(121) }, { name: null }])('422: %j', async (body) => {
    const owner = await signInDeveloper(auth);
    expect((await owner.send('POST', '/auth/projects/', { body })).status).toBe(422);
    expect((await owner.send('PATCH', `/auth/projects/${owner.projectId}`, { body })).status).toBe(422);
  });
});
