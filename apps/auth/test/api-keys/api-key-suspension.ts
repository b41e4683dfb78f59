import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit';
import { stopAccount } from '../../src/account/stores/accounts.ts';
import { expectActive, expectInactive, makeKey, signInDeveloper } from '../account-harness.ts';
import {
  asService,
  call,
  createStores,
  startAuth,
  startUsers,
  withAuth,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';

/** The instance consumes no events here, as if the word of users were still under way. */
export function apiKeySuspensionTests(): void {
  let stores: Stores;
  let users: Neighbour;
  let auth: AuthInstance;
  let userId: string;
  let key: string;

  beforeAll(async () => {
    stores = await createStores();
    users = await startUsers(stores);
    auth = await startAuth(stores, { USERS_URL: users.url });
  });

  afterAll(async () => {
    await auth.close();
    await users.stop();
    await stores.database.drop();
  });

  beforeEach(async () => {
    const { body } = await call(users, 'POST', '/api/v1/users/resolve', {
      headers: asService,
      body: { external_id: uuidv7() },
    });
    userId = String(body['user_id']);
    ({ text: key } = await makeKey(await signInDeveloper(auth, 'free', userId)));
  });

  const setStatus = (status: string) =>
    call(users, 'PUT', `/internal/users/${userId}/status`, { headers: asService, body: { status } });

  async function disable(): Promise<void> {
    await setStatus('disabled');
    await stopAccount(auth.context.database, userId, 'disabled');
    await expectInactive(auth, key, 'key_suspended');
  }

  test('a suspended key works as soon as users says that its owner is active, whether the event has arrived or not', async () => {
    await disable();
    await setStatus('active');
    expect(await expectActive(auth, key)).toMatchObject({ sub: userId });
  });

  test('while users is down it stays suspended', async () => {
    await disable();
    await withAuth(stores, { USERS_URL: 'http://127.0.0.1:1' }, (cutOff) =>
      expectInactive(cutOff, key, 'key_suspended'),
    );
  });
}
