import { freePort, type RunningApp } from '@turnpike/test-kit';
import { createStores, startAuthProcess, startUsers, type Neighbour, type Stores } from './harness.ts';

/** Auth and users as they really run, each asking the other. */
export interface AuthAndUsers {
  readonly stores: Stores;
  readonly users: Neighbour;
  readonly auth: RunningApp;
  stop(): Promise<void>;
}

export async function startAuthAndUsers(): Promise<AuthAndUsers> {
  const stores = await createStores();
  const port = await freePort();
  const users = await startUsers(stores, `http://127.0.0.1:${port}`);
  const auth = await startAuthProcess({ ...stores.env, AUTH_PORT: String(port), USERS_URL: users.url });
  return {
    stores,
    users,
    auth,
    async stop() {
      await auth.stop();
      await users.stop();
      await stores.database.drop();
    },
  };
}
