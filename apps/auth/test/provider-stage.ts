import { randomInt, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { decodeAccessToken } from './decode.ts';
import {
  asUser,
  call,
  createStores,
  startAuth,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from './harness.ts';
import { startProviders, type StandInProviders } from './stand-ins/index.ts';

/** Auth with users behind it, and stand-ins for the providers that people sign in with. */
export interface ProviderStage {
  readonly stores: Stores;
  readonly users: Neighbour;
  readonly providers: StandInProviders;
  readonly auth: AuthInstance;
  stop(): Promise<void>;
}

export async function startProviderStage(): Promise<ProviderStage> {
  const stores = await createStores();
  const [users, providers] = await Promise.all([startUsers(stores), startProviders()]);
  const auth = await startAuth(stores, { ...providers.env, USERS_URL: users.url });
  return {
    stores,
    users,
    providers,
    auth,
    async stop() {
      await auth.close();
      await users.stop();
      await providers.close();
      await stores.database.drop();
    },
  };
}

/** Somebody new signs in at each provider, with an address of their own, or all with `email`. */
export function meetNewPeople({ apple, google, github }: StandInProviders, email?: string): void {
  const address = (): string => email ?? `${randomUUID()}@example.com`;
  apple.person = { sub: randomUUID(), email: address(), email_verified: 'true' };
  google.person = { sub: randomUUID(), email: address(), email_verified: true, name: 'Grace Hopper' };
  github.person = {
    id: randomInt(1, 2 ** 40),
    login: 'ada',
    name: 'Ada Lovelace',
    emails: [{ email: address(), primary: true, verified: true }],
  };
}

/** The user of a sign-in that succeeded. */
export function userOf(answer: Answer): string {
  expect(answer).toMatchObject({ status: 200 });
  return decodeAccessToken(String(answer.body['access_token'])).payload.sub;
}

/** A call as the user and session of a sign-in. */
export function asBearer(
  auth: AuthInstance,
  tokens: Answer,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
  return call(auth, method, path, { headers: asUser(method, path, sub, sid), ...(body && { body }) });
}
