import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { dataOf, signInDeveloper, type Developer } from '../account-harness.ts';
import { asUser, call, createStores, SERVICE_KEY, startAuth, type AuthInstance, type Stores } from '../harness.ts';

/** A backend verifies the gateway's signature with a secret that could sign as well, and may hold a service key of its own. */
export function backendsCannotVouchForUsersTests(): void {
  const BACKENDS_SECRET = 'what-every-backend-verifies-with-0123456789';
  const RESOLVER = 'key-of-a-backend-that-may-resolve-only';
  const KEYS = '/auth/api-keys/';

  let folder: string;
  let stores: Stores;
  let auth: AuthInstance;
  let victim: Developer;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'service-keys-'));
    const file = path.join(folder, 'keys.json');
    await writeFile(file, JSON.stringify({ keys: [{ name: 'shop', values: [RESOLVER], grants: ['resolve'] }] }));
    stores = await createStores();
    auth = await startAuth(stores, { SERVICE_KEYS_FILE: file, GATEWAY_SIGNING_SECRET: BACKENDS_SECRET });
    victim = await signInDeveloper(auth, 'pro');
  });

  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
    await rm(folder, { recursive: true });
  });

  async function makeKey(serviceKey: string, secret: string | undefined) {
    const headers = {
      ...asUser('POST', KEYS, victim.userId, victim.sessionId, secret),
      [HEADER.serviceKey]: serviceKey,
      [HEADER.projectId]: victim.projectId,
    };
    return await call(auth, 'POST', KEYS, { headers, body: { name: 'stolen' } });
  }

  test('the edge can make a key for a user', async () => {
    expect((await makeKey(SERVICE_KEY, undefined)).status).toBe(201);
  });

  test.each([
    ['its own key and the secret it verifies with', RESOLVER, BACKENDS_SECRET, 403],
    ['its own key, had it the secret of the edge', RESOLVER, undefined, 403],
    ['the key of our services and the secret it verifies with', SERVICE_KEY, BACKENDS_SECRET, 401],
  ])('a backend cannot, with %s', async (_name, serviceKey, secret, status) => {
    const before = dataOf(await victim.send('GET', KEYS))['pagination'];
    expect((await makeKey(serviceKey, secret)).status).toBe(status);
    expect(dataOf(await victim.send('GET', KEYS))['pagination']).toEqual(before);
  });
}
