import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { dataOf, expectActive, makeKey, signInDeveloper, type Developer } from '../account-harness.ts';
import { createStores, startAuth, type AuthInstance, type Stores } from '../harness.ts';

export function apiKeyProjectTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  let developer: Developer;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
    developer = await signInDeveloper(auth, 'pro');
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  describe('x-project-id', () => {
    const routes: readonly (readonly [string, string, unknown])[] = [
      ['GET', '/auth/api-keys/', undefined],
      ['POST', '/auth/api-keys/', { name: 'x' }],
      ['POST', `/auth/api-keys/${uuidv7()}/rotate`, undefined],
      ['DELETE', `/auth/api-keys/${uuidv7()}`, undefined],
    ];

    test.each(routes)('%s %s: missing or not a UUID is 422', async (method, path, body) => {
      for (const projectId of [null, 'mine', '']) {
        const answer = await developer.send(method, path, { body, projectId });
        expect(answer.status).toBe(422);
        expect(answer.body).toMatchObject({
          error: { code: 'request.invalid', details: { errors: [{ path: 'headers.x-project-id' }] } },
        });
      }
    });

    test.each(routes)("%s %s: another's and nobody's are the same 404", async (method, path, body) => {
      const other = await signInDeveloper(auth);
      const answers = await Promise.all(
        [other.projectId, uuidv7()].map((projectId) => developer.send(method, path, { body, projectId })),
      );
      const [ofOther, ofNobody] = answers.map(({ status, body: { error } }) => ({
        status,
        error: { ...(error as object), details: null },
      }));
      expect(ofOther?.status).toBe(404);
      expect(ofOther).toEqual(ofNobody);
    });

    test('a key is not reached through another project of its owner', async () => {
      const { id, text } = await makeKey(developer);
      const project = dataOf(await developer.send('POST', '/auth/projects/', { body: { name: 'other' } }));
      const projectId = String(project['id']);
      expect((await developer.send('DELETE', `/auth/api-keys/${id}`, { projectId })).status).toBe(404);
      expect((await developer.send('POST', `/auth/api-keys/${id}/rotate`, { projectId })).status).toBe(404);
      await expectActive(auth, text);
    });
  });
}
