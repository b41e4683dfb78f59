import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createInternalClient, type InternalClient } from '@turnpike/service-kit';
import { refreshAccount } from '../../src/account/refresh-account.ts';
import { findAccount, noteAccount, stopAccount } from '../../src/account/stores/accounts.ts';
import { adoptIdentity } from '../../src/identities/stores/identities.ts';
import {
  asService,
  call,
  createStores,
  SERVICE_KEY,
  startAuth,
  startUsers,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';

let stores: Stores;
let users: Neighbour;
let auth: AuthInstance;
let client: InternalClient;

beforeAll(async () => {
  stores = await createStores();
  users = await startUsers(stores);
  auth = await startAuth(stores, { USERS_URL: users.url });
  client = createInternalClient({ service: 'users', baseUrl: users.url, serviceKey: SERVICE_KEY });
});

afterAll(async () => {
  await client.close();
  await auth.close();
  await users.stop();
  await stores.database.drop();
});

async function makeUser(externalId: string): Promise<string> {
  const { body } = await call(users, 'POST', '/api/v1/users/resolve', {
    headers: asService,
    body: { external_id: externalId },
  });
  return String(body['user_id']);
}

/** The client, with something happening between the answer of users and our reading it. */
function interrupted(times: number, happen: () => Promise<unknown>): InternalClient {
  let left = times;
  return {
    ...client,
    async call(endpoint, args) {
      const answer = await client.call(endpoint, args);
      left -= 1;
      if (left >= 0) await happen();
      return answer;
    },
  };
}

test('"active", said before a disabling and read after it, does not undo it', async () => {
  const db = auth.context.database;
  const userId = await makeUser('stale-1');
  await noteAccount(db, userId, 'free');
  const disable = async () => {
    await call(users, 'PUT', `/internal/users/${userId}/status`, { headers: asService, body: { status: 'disabled' } });
    await stopAccount(db, userId, 'disabled');
  };
  expect(await refreshAccount(db, interrupted(1, disable), userId)).toBe('disabled');
  expect((await findAccount(db, userId))?.status).toBe('disabled');
});

test('it does not undo one that found the account disabled already either', async () => {
  const db = auth.context.database;
  const userId = await makeUser('stale-2');
  await noteAccount(db, userId, 'free');
  await stopAccount(db, userId, 'disabled');
  await expect(
    refreshAccount(
      db,
      interrupted(3, () => stopAccount(db, userId, 'disabled')),
      userId,
    ),
  ).rejects.toThrow('not available');
  expect((await findAccount(db, userId))?.status).toBe('disabled');
});

test('a user disabled before the first sign-in was noted here cannot slip in', async () => {
  const db = auth.context.database;
  const userId = await makeUser('stale-3');
  await stopAccount(db, userId, 'disabled');
  const profile = { provider: 'google', subject: 'stale-3', emailVerified: false };
  expect(
    await adoptIdentity(db, '01a20032-4ef4-7294-815a-000000000003', { id: userId, tier: 'free' }, profile),
  ).toEqual({ status: 'disabled', userId });
  await expect(auth.context.sessions.open({ userId, method: 'google', client: {} })).rejects.toThrow(
    'account_disabled',
  );
});
