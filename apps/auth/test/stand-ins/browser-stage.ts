import { freePort, startApp, type RunningApp } from '@turnpike/test-kit';
import { readConfig } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/database.ts';
import { decodeAccessToken } from '../decode.ts';
import {
  asUser,
  call,
  createStores,
  introspect,
  startUsers,
  type Answer,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import type { Browser, Stop } from './browser.ts';
import { APP_URI, startProviders, type StandInProviders } from './index.ts';

export type ProviderName = 'apple' | 'google' | 'github';
export const PROVIDERS: readonly ProviderName[] = ['apple', 'google', 'github'];

/** The real auth process with the real users service, three stand-in providers, and the database beside them. */
export interface Stage {
  readonly stores: Stores;
  readonly users: Neighbour;
  readonly providers: StandInProviders;
  readonly auth: RunningApp;
  readonly database: Database;
  close(): Promise<void>;
}

/** Where the public calls: auth itself, or the edge before it. */
type Public = { readonly auth: Pick<RunningApp, 'url'> };

/** Starts auth as a process of its own; its public address is its own, as there is no edge before it. */
export async function startStage(overrides: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const stores = await createStores();
  const [users, providers, port] = await Promise.all([startUsers(stores), startProviders(), freePort()]);
  const env = {
    ...stores.env,
    ...providers.env,
    USERS_URL: users.url,
    AUTH_PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'info',
    ...overrides,
  };
  const auth = await startApp('auth', env);
  const database = openDatabase(readConfig(env));
  return {
    stores,
    users,
    providers,
    auth,
    database,
    async close() {
      await auth.stop();
      await database.close();
      await users.stop();
      await providers.close();
      await stores.database.drop();
    },
  };
}

/** The address that begins a sign-in. */
export function loginUrl(
  { auth }: Public,
  provider: ProviderName,
  parameters: Readonly<Record<string, string>> = {},
): string {
  return `${auth.url}/api/v1/auth/${provider}/login?${new URLSearchParams({ redirect_uri: APP_URI, ...parameters }).toString()}`;
}

/** Signs in with a browser, up to the redirect to the app. */
export function signIn(
  stage: Public,
  browser: Browser,
  provider: ProviderName,
  parameters?: Readonly<Record<string, string>>,
): Promise<Stop> {
  return browser.follow(
    loginUrl(stage, provider, parameters),
    parameters?.['redirect_uri']?.split(':', 1)[0] ?? APP_URI,
  );
}

/** A parameter of the address that a page redirects to. */
export function parameterOf(stop: Stop, name: string): string | undefined {
  return stop.location === undefined ? undefined : (new URL(stop.location).searchParams.get(name) ?? undefined);
}

/** The one-time code that a page hands to the app. */
export function codeOf(stop: Stop): string {
  const code = parameterOf(stop, 'code');
  if (code === undefined) throw new Error(`no code: ${stop.status} ${stop.location ?? stop.text}`);
  return code;
}

/** Exchanges a one-time code. */
export function exchange({ auth }: Public, code: string, more: object = {}): Promise<Answer> {
  return call(auth, 'POST', '/api/v1/auth/exchange', { body: { code, ...more } });
}

/** Whose tokens these are. */
export async function meOf({ auth }: Public, tokens: Answer): Promise<Answer['body']> {
  const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
  return (await call(auth, 'GET', '/api/v1/auth/me', { headers: asUser('GET', '/api/v1/auth/me', sub, sid) })).body;
}

/** Whether the access token of an answer works. */
export async function isLive({ auth }: Public, tokens: Answer): Promise<boolean> {
  return (await introspect(auth, String(tokens.body['access_token']))).body['active'] === true;
}
