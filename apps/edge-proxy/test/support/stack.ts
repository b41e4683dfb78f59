import {
  createTestDatabase,
  createTestRedis,
  freePort,
  startApp,
  verifyLedger,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';
import { KEYS } from './keys.ts';
import { startRawUpstream, type RawUpstream } from './raw-upstream.ts';
import { send, type Answer, type Sending } from './send.ts';

type Env = Readonly<Record<string, string>>;
type Service = 'auth' | 'users' | 'credits';

/** A signed-in user. */
export interface SignedIn {
  readonly token: string;
  readonly refreshToken: string;
  readonly userId: string;
}

/** An API key, and how to end it. */
export interface ApiKey {
  readonly id: string;
  readonly key: string;
  delete(): Promise<void>;
}

/** The edge with the real services behind it, and a raw upstream in the place of Flash, Clockchain and Billing. */
export interface EdgeStack {
  readonly edge: RunningApp;
  readonly upstream: RawUpstream;
  readonly redis: TestRedis;
  readonly env: Env;
  readonly urls: Readonly<Record<Service, string>>;
  readonly apps: Record<Service, RunningApp>;
  readonly databases: Readonly<Record<Service, TestDatabase>>;
  send(target: string, sending?: Sending): Promise<Answer>;
  /** A new user, signed in, with the sign-up credits. */
  signIn(tier?: string): Promise<SignedIn>;
  /** Another session of a user. */
  signInAgain(user: SignedIn): Promise<SignedIn>;
  balance(user: SignedIn): Promise<number>;
  /** Runs the ledger's own `verify`; rejects with what is off. */
  verify(): Promise<void>;
  /** A new API key of the user. */
  createKey(user: SignedIn, settings?: Readonly<Record<string, unknown>>): Promise<ApiKey>;
  /** Starts a service again at its address, after it was killed. */
  restart(service: Service): Promise<void>;
  /** Another edge on the same services. */
  startEdge(env?: Env): Promise<RunningApp>;
  stop(): Promise<void>;
}

/** How long the edge waits for a service, as long as a busy machine may take. Tests of time-outs set their own. */
const PATIENCE_MS = '20000';

/** Limits that a test file does not run into by itself. */
export const WIDE_LIMITS = JSON.stringify({
  free: { per_minute: 100_000, per_day: 1_000_000 },
  anonymous: { per_minute: 100_000 },
});

/**
 * Starts the stack. `env` reaches the edge, over what the stack sets; `serviceEnv` the services as well. `given`: databases that have rows
 * already, instead of new ones.
 */
export async function startStack(
  env: Env = {},
  serviceEnv: Env = {},
  given?: Readonly<Record<Service, TestDatabase>>,
): Promise<EdgeStack> {
  const redis = await createTestRedis();
  const upstream = await startRawUpstream({ clientsOnly: true });
  const services = ['auth', 'users', 'credits'] as const;
  const ports = Object.fromEntries(await Promise.all(services.map(async (name) => [name, await freePort()]))) as Record<
    Service,
    number
  >;
  const databases = Object.fromEntries(
    await Promise.all(services.map(async (name) => [name, given?.[name] ?? (await createTestDatabase(name))])),
  ) as Record<Service, TestDatabase>;
  const urlOf = (name: Service): string => `http://127.0.0.1:${ports[name]}`;
  const urls = { auth: urlOf('auth'), users: urlOf('users'), credits: urlOf('credits') };
  const shared = {
    ...KEYS,
    LOG_LEVEL: 'info',
    REDIS_URL: redis.url,
    AUTH_URL: urls.auth,
    USERS_URL: urls.users,
    CREDITS_URL: urls.credits,
    FLASH_URL: upstream.url,
    CLOCKCHAIN_URL: upstream.url,
    BILLING_URL: upstream.url,
    LLM_URL: upstream.url,
    LEDGER_WAIT_MS_MAX: PATIENCE_MS,
    ...serviceEnv,
  };
  const launch = (name: Service): Promise<RunningApp> =>
    startApp(name, { ...shared, ...databases[name].env, [`${name.toUpperCase()}_PORT`]: String(ports[name]) });
  const apps = Object.fromEntries(
    await Promise.all(services.map(async (name) => [name, await launch(name)])),
  ) as Record<Service, RunningApp>;
  // Limits are exact only while Redis decides them, and what was charged is told only once it is settled.
  const edgeEnv = {
    ...shared,
    REDIS_TIMEOUT_MS: '5000',
    AUTH_TIMEOUT_MS: PATIENCE_MS,
    CREDITS_TIMEOUT_MS: PATIENCE_MS,
    SETTLE_WAIT_MS: PATIENCE_MS,
    RATE_LIMIT_TIERS: WIDE_LIMITS,
    SHUTDOWN_TIMEOUT_MS: '2000',
    ...env,
  };
  const edges: RunningApp[] = [];
  const startEdge = async (more: Env = {}): Promise<RunningApp> => {
    const started = await startApp('edge-proxy', { ...edgeEnv, EDGE_PORT: '0', ...more });
    edges.push(started);
    return started;
  };
  const edge = await startEdge();
  let users = 0;
  const takeTokens = async (target: string, json: object): Promise<SignedIn> => {
    const answer = await send(edge.url, target, {
      method: 'POST',
      headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
      json,
    });
    if (answer.status !== 200) throw new Error(`${target} answered ${answer.status}: ${answer.text}`);
    const token = String(answer.body['access_token']);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    return { token, refreshToken: String(answer.body['refresh_token']), userId: claims.sub };
  };
  return {
    edge,
    upstream,
    redis,
    env: edgeEnv,
    urls,
    apps,
    databases,
    send: (target, sending) => send(edge.url, target, sending),
    signIn(tier = 'free') {
      users += 1;
      return takeTokens('/api/v1/auth/dev/token', { email: `user-${process.pid}-${users}@edge.example`, tier });
    },
    signInAgain: ({ userId }) => takeTokens('/api/v1/auth/service-token', { user_id: userId }),
    async balance({ token }) {
      const answer = await send(edge.url, '/api/v1/credits/balance', { token });
      if (answer.status !== 200) throw new Error(`balance answered ${answer.status}: ${answer.text}`);
      return Number(answer.body['balance']);
    },
    verify: () => verifyLedger(databases.credits.env),
    async createKey({ token }, settings = {}) {
      const me = await send(edge.url, '/auth/users/me', { token });
      const { projects } = me.body['data'] as { projects: { id: string }[] };
      const headers = { 'X-Project-ID': projects[0]?.id ?? '' };
      const made = await send(edge.url, '/auth/api-keys/', {
        method: 'POST',
        token,
        headers,
        json: { name: 'test', ...settings },
      });
      if (made.status !== 201) throw new Error(`api-keys answered ${made.status}: ${made.text}`);
      const { id, full_key: key } = made.body['data'] as { id: string; full_key: string };
      return {
        id,
        key,
        async delete() {
          await send(edge.url, `/auth/api-keys/${id}`, { method: 'DELETE', token, headers });
        },
      };
    },
    async restart(service) {
      apps[service] = await launch(service);
    },
    startEdge,
    async stop() {
      await Promise.all(edges.map((each) => each.stop()));
      await Promise.all(services.map((name) => apps[name].stop()));
      await upstream.close();
      await Promise.all(services.map((name) => databases[name].drop()));
      await redis.flush();
    },
  };
}
