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

export const SERVICE_KEY = 'users-test-service-key-0123456789abcdef';
export const ADMIN_KEY = 'users-test-admin-key-0123456789abcdef01';
/** With which the edge signs for users, and users for backends. */
export const SECRETS = {
  INTERNAL_SIGNING_SECRET: 'users-test-internal-secret-0123456789abcd',
  GATEWAY_SIGNING_SECRET: 'users-test-gateway-secret-0123456789abcdef',
};

export type Answer = JsonAnswer<unknown>;

/** Sends JSON with the service key unless other headers are given. */
export const call = (
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = { 'x-service-key': SERVICE_KEY },
): Promise<Answer> => callJson(url, method, path, { body, headers });

export interface Users {
  readonly app: RunningApp;
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** One more instance over the same stores. */
  another(env: Readonly<Record<string, string>>): Promise<RunningApp>;
  stop(): Promise<void>;
}

/** An address where nothing listens: port 9 of this host (discard) is refused at once. */
const NOWHERE = 'http://127.0.0.1:9';

/** The real users process on a database and a Redis of its own; its neighbours are down unless `env` names them. */
export async function startUsers(env: Readonly<Record<string, string>> = {}): Promise<Users> {
  const database = await createTestDatabase('users');
  const redis = await createTestRedis();
  const shared = {
    ...database.env,
    REDIS_URL: redis.url,
    AUTH_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    ...SECRETS,
  };
  const another = (overrides: Readonly<Record<string, string>>) => startApp('users', { ...shared, ...overrides });
  const app = await another(env);
  return {
    app,
    another,
    database,
    redis,
    send: (method, path, body, headers) => call(app.url, method, path, body, headers),
    async stop() {
      await app.stop();
      await database.drop();
      await redis.flush();
    },
  };
}
