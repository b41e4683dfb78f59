import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import {
  CONFIG_KEYS,
  HEADER,
  isConfigKey,
  signGatewayRequest,
  signGatewayRequestV2,
  type Role,
} from '@turnpike/contracts';
import { closeServer, createLogger, createMetrics, listen, uuidv7 } from '@turnpike/service-kit';
import {
  callJson,
  createTestDatabase,
  createTestRedis,
  startApp,
  type JsonAnswer,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';
import { noteAccount } from '../src/account/stores/accounts.ts';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createContext, type Context } from '../src/context.ts';
import { ensureSigningKeys } from '../src/jobs/index.ts';
import type { IssuedTokens } from '../src/sessions/domain/sessions.ts';

export const SERVICE_KEY = 'test-service-key-0123456789abcdef';
const ADMIN_KEY = 'test-admin-key-0123456789abcdef';
const INTERNAL_SECRET = 'test-internal-secret-0123456789abcdef';
const ENCRYPTION_KEY = randomBytes(32).toString('base64url');

type Environment = Readonly<Record<string, string>>;

/** The stores of one test file. */
export interface Stores {
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  /** Variables of a service over these stores. */
  readonly env: Environment;
}

/** A database and a Redis for one test file. */
export async function createStores(): Promise<Stores> {
  const [database, redis] = await Promise.all([createTestDatabase('auth'), createTestRedis()]);
  const env = {
    ...database.env,
    REDIS_URL: redis.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    SERVICE_API_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    INTERNAL_SIGNING_SECRET: INTERNAL_SECRET,
    AUTH_ENCRYPTION_KEY: ENCRYPTION_KEY,
    JWT_ISSUER: 'https://auth.test',
    JWT_AUDIENCE: 'turnpike-test',
  };
  return { database, redis, env };
}

/** An instance of auth in the test's own process. */
export interface AuthInstance {
  readonly url: string;
  readonly context: Context;
  close(): Promise<void>;
}

/** Starts an instance over the given stores; several can share them. */
export async function startAuth(stores: Stores, overrides: Environment = {}): Promise<AuthInstance> {
  const defaults = await startDefaults();
  const config = readConfig({ ...stores.env, USERS_URL: defaults.url, ...overrides });
  const tools = { logger: createLogger('auth', config.LOG_LEVEL), metrics: createMetrics('auth') };
  const context = createContext(config, tools);
  await ensureSigningKeys(context);
  const server = createServer(createApp(context, tools.metrics));
  const url = await listen(server, 0, '127.0.0.1');
  return {
    url,
    context,
    async close() {
      await closeServer(server, 1_000);
      await context.close();
      await defaults.close();
    },
  };
}

/**
 * Stands where users would be, for tests of auth alone: it knows the configuration that nobody changed, and is down for everything else.
 */
export async function startDefaults(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://users');
    const keys = (searchParams.get('keys') ?? '').split(',').filter((key) => isConfigKey(key));
    const items = keys.map((key) => ({ key, value: CONFIG_KEYS[key].default, source: 'bootstrap', version: 0 }));
    response.writeHead(pathname === '/internal/users/config' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ items }));
  });
  const url = await listen(server, 0, '127.0.0.1');
  return { url, close: () => closeServer(server, 0) };
}

/** One more instance for a part of a test; it is closed also when that fails. */
export async function withAuth<T>(
  stores: Stores,
  overrides: Environment,
  use: (instance: AuthInstance) => Promise<T>,
): Promise<T> {
  const instance = await startAuth(stores, overrides);
  try {
    return await use(instance);
  } finally {
    await instance.close();
  }
}

/** A user that has never been here, with one session. */
export async function openSession(
  { context }: AuthInstance,
  userId: string = uuidv7(),
  tier = 'free',
): Promise<IssuedTokens> {
  await noteAccount(context.database, userId, tier);
  return context.sessions.open({ userId, method: 'google', client: { userAgent: 'test', address: '192.0.2.1' } });
}

/** An answer, read. */
export type Answer = JsonAnswer<Record<string, unknown>>;

/** Calls an instance with JSON. */
export async function call(
  instance: Pick<AuthInstance, 'url'>,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const answer = await callJson<Answer['body'] | undefined>(instance.url, method, path, options);
  return { ...answer, body: answer.body ?? {} };
}

/** Headers of an internal caller. */
export const asService = { [HEADER.serviceKey]: SERVICE_KEY };
/** Headers of an operator, as the edge forwards them. */
export const asOperator = { [HEADER.adminKey]: ADMIN_KEY };

/** Headers with which the edge vouches for a signed-in caller; with another secret, what somebody else makes of them. */
export function asUser(
  method: string,
  path: string,
  userId: string,
  sessionId?: string,
  secret = INTERNAL_SECRET,
): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  const signed = { method, path: path.split('?', 1)[0] ?? path, userId, timestamp };
  return {
    [HEADER.serviceKey]: SERVICE_KEY,
    [HEADER.userId]: userId,
    [HEADER.userTier]: 'free',
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignature]: signGatewayRequest(secret, signed),
    ...(sessionId === undefined ? {} : { [HEADER.gatewaySessionId]: sessionId }),
  };
}

/** Headers with which the edge vouches for a member of an organisation. */
export function asMember(
  method: string,
  path: string,
  session: { readonly userId: string; readonly sessionId: string },
  organisation: { readonly id: string; readonly role: Role },
): Record<string, string> {
  const headers = asUser(method, path, session.userId, session.sessionId);
  const signed = {
    method,
    path: path.split('?', 1)[0] ?? path,
    userId: session.userId,
    tenantId: organisation.id,
    timestamp: Number(headers[HEADER.gatewayTimestamp]),
  };
  return {
    ...headers,
    [HEADER.tenantId]: organisation.id,
    [HEADER.gatewayTenantRole]: organisation.role,
    [HEADER.gatewayTenantEnv]: 'prod',
    [HEADER.gatewaySignatureV2]: signGatewayRequestV2(INTERNAL_SECRET, signed),
  };
}

/** A call of the session's own user. */
export function callAs(
  instance: Pick<AuthInstance, 'url'>,
  session: IssuedTokens,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = asUser(method, path, session.userId, session.sessionId);
  return call(instance, method, path, { headers, ...(body === undefined ? {} : { body }) });
}

/** Introspects a token the way the edge does. */
export async function introspect(instance: Pick<AuthInstance, 'url'>, token: string): Promise<Answer> {
  return call(instance, 'POST', '/internal/auth/introspect', { body: { token }, headers: asService });
}

/** Refreshes over HTTP. */
export async function refresh(instance: Pick<AuthInstance, 'url'>, token: string): Promise<Answer> {
  return call(instance, 'POST', '/api/v1/auth/refresh', { body: { refresh_token: token } });
}

/** The real users service beside auth, over a database of its own and the same Redis. */
export interface Neighbour {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `users`; nobody answers where it looks for credits, nor for auth unless told. */
export async function startUsers(stores: Stores, authUrl = 'http://127.0.0.1:1'): Promise<Neighbour> {
  const database = await createTestDatabase('users');
  const app = await startApp('users', {
    ...stores.env,
    ...database.env,
    USERS_PORT: '0',
    AUTH_URL: authUrl,
    CREDITS_URL: 'http://127.0.0.1:1',
    ALERTS_ANYWHERE: 'true',
    LOG_LEVEL: 'info',
  });
  return {
    url: app.url,
    async stop() {
      await app.stop();
      await database.drop();
    },
  };
}

/** Starts auth as its own process, jobs and event consumer included. */
export function startAuthProcess(env: Environment): Promise<RunningApp> {
  // The process is known to listen by the line it logs.
  return startApp('auth', { ...env, LOG_LEVEL: 'info' });
}
