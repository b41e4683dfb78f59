import { HEADER, signGatewayRequest } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
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

export const SERVICE_KEY = 'credits-test-service-key-0123456789abcdef';
const ADMIN_KEY = 'credits-test-admin-key-0123456789abcdef01';
export const INTERNAL_SECRET = 'credits-test-signing-secret-0123456789abcd';

/** An address where nothing listens: port 9 of this host (discard) is refused at once. */
export const NOWHERE = 'http://127.0.0.1:9';

type Headers_ = Readonly<Record<string, string>>;

export type Answer = JsonAnswer<Record<string, never> & Record<string, string | number | boolean | null>>;

/** Sends JSON; with the service key unless other headers are given. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Headers_ = {},
): Promise<Answer> {
  const all = { [HEADER.serviceKey]: SERVICE_KEY, ...headers };
  const answer = await callJson<Answer['body'] | undefined>(url, method, path, { body, headers: all });
  return { ...answer, body: answer.body ?? {} };
}

/** Headers with which the edge vouches for a signed-in caller. */
function asUser(method: string, path: string, userId: string): Headers_ {
  return { [HEADER.userId]: userId, [HEADER.userTier]: 'free', ...signed(method, path, userId) };
}

/** Headers with which the edge names the outside service on whose behalf it calls. */
export function onBehalfOf(name: string, method: string, path: string): Headers_ {
  return { [HEADER.gatewayCaller]: name, ...signed(method, path, '') };
}

function signed(method: string, path: string, userId: string): Headers_ {
  const timestamp = Math.floor(Date.now() / 1_000);
  const parts = { method, path: path.split('?', 1)[0] ?? path, userId, timestamp };
  return {
    [HEADER.gatewayTimestamp]: String(timestamp),
    [HEADER.gatewaySignature]: signGatewayRequest(INTERNAL_SECRET, parts),
  };
}

/** A running credits service and the calls a test makes of it. */
export interface Credits {
  readonly app: RunningApp;
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  /** Settings it was started with, for a second process beside it. */
  readonly env: Record<string, string>;
  send(method: string, path: string, body?: unknown, headers?: Headers_): Promise<Answer>;
  /** A GET as a signed-in user. */
  get(userId: string, path: string): Promise<Answer>;
  balance(userId: string): Promise<number>;
  /** A new user's id, with that many credits. */
  userWith(credits: number): Promise<string>;
  grant(userId: string, amount: number, more?: object): Promise<Answer>;
  reserve(userId: string, amount: number, more?: object): Promise<Answer>;
  settle(id: unknown, body?: object): Promise<Answer>;
  release(id: unknown, body?: object): Promise<Answer>;
  stop(): Promise<void>;
}

/** Calls of a service that runs at `url`. */
export function callsOf(url: string) {
  const send = (method: string, path: string, body?: unknown, headers?: Headers_): Promise<Answer> =>
    call(url, method, path, body, headers);
  const get = (userId: string, path: string): Promise<Answer> =>
    send('GET', path, undefined, asUser('GET', path, userId));
  const grant = (userId: string, amount: number, more: object = {}): Promise<Answer> =>
    send('POST', '/internal/credits/grants', {
      user_id: userId,
      amount,
      source: 'test',
      source_ref: uuidv7(),
      transaction_type: 'adjustment',
      ...more,
    });
  return {
    send,
    get,
    grant,
    async balance(userId: string): Promise<number> {
      return Number((await get(userId, '/api/v1/credits/balance')).body['balance']);
    },
    async userWith(credits: number): Promise<string> {
      const userId = uuidv7();
      const answer = await grant(userId, credits, {
        source: 'signup_bonus',
        source_ref: userId,
        transaction_type: 'signup_bonus',
      });
      if (answer.status !== 200) throw new Error(`grant answered ${answer.status}`);
      return userId;
    },
    reserve: (userId: string, amount: number, more: object = {}): Promise<Answer> =>
      send('POST', '/internal/credits/reservations', { user_id: userId, amount, idempotency_key: uuidv7(), ...more }),
    settle: (id: unknown, body: object = {}): Promise<Answer> =>
      send('POST', `/internal/credits/reservations/${encodeURIComponent(String(id))}/settle`, body),
    release: (id: unknown, body: object = {}): Promise<Answer> =>
      send('POST', `/internal/credits/reservations/${encodeURIComponent(String(id))}/release`, body),
  };
}

/**
 * The real credits process on a database and a Redis of its own; users is down unless `env` names it. `server`: another
 * PostgreSQL.
 */
export async function startCredits(env: Headers_ = {}, server?: string): Promise<Credits> {
  const database = await createTestDatabase('credits', server);
  const redis = await createTestRedis();
  const settings = {
    ...database.env,
    REDIS_URL: redis.url,
    CREDITS_PORT: '0',
    USERS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    INTERNAL_SIGNING_SECRET: INTERNAL_SECRET,
    // As long as a busy machine may take; tests of outages set their own.
    LEDGER_WAIT_MS_MAX: '10000',
    ...env,
  };
  const app = await startApp('credits', settings);
  return {
    app,
    database,
    redis,
    env: settings,
    ...callsOf(app.url),
    async stop() {
      await app.stop();
      await database.drop();
      await redis.flush();
    },
  };
}
