import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eraseLlm } from '@turnpike/contracts';
import { vendors, type Received, type Script } from '@turnpike/stand-in-vendors';
import {
  createTestDatabase,
  createTestRedis,
  freePort,
  startApp,
  verifyLedger,
  waitFor,
  withClient,
  type RunningApp,
  type TestDatabase,
} from '@turnpike/test-kit';

type Env = Readonly<Record<string, string>>;

const KEYS = {
  ADMIN_API_KEY: 'llm-test-admin-key-0123456789abcdef01',
  SERVICE_API_KEY: 'llm-test-service-key-0123456789abcdef',
  GATEWAY_SIGNING_SECRET: 'llm-test-signing-secret-0123456789abcdef',
  FLASH_SERVICE_KEY: 'llm-test-flash-key-0123456789abcdef',
  CLOCKCHAIN_SERVICE_KEY: 'llm-test-clockchain-key-0123456789abc',
  BILLING_SERVICE_KEY: 'llm-test-billing-key-0123456789abcdef',
  INTERNAL_SIGNING_SECRET: 'llm-test-internal-secret-0123456789abcdef',
  AUTH_ENCRYPTION_KEY: 'llm-test-encryption-key-0123456789abcdef',
};

/** Prices that tests reckon with: at a cent for a credit, 15 micro-credits for a token in and 60 for one out. */
export const MODEL = 'test-model';
/** Past so many tokens in, the whole call costs twice as much. */
export const TIERED_MODEL = 'tiered-model';
/** Twice as dear as the others. */
export const DEAR_MODEL = 'dear-model';
/** An image of it costs four cents, and nothing else of it has a price. */
const IMAGE_MODEL = 'image-model';
const RATES = { input: '0.15', output: '0.6', audio_seconds: '100', searches: '10000', file_searches: '2500' };
const TIER = { above: 271_999, usd_per_million: { input: '0.3', output: '1.2' } };
const PRICES = {
  providers: Object.fromEntries(
    ['openai', 'anthropic', 'google', 'azure'].map((provider) => [
      provider,
      {
        [MODEL]: { usd_per_million: RATES },
        [TIERED_MODEL]: { usd_per_million: RATES, tiers: [TIER] },
        [DEAR_MODEL]: { usd_per_million: { input: '0.3', output: '1.2' } },
        [IMAGE_MODEL]: { usd_per_million: { images: '40000' } },
      },
    ]),
  ),
};

/** A user with a key that calls models. */
export interface Customer {
  readonly token: string;
  readonly userId: string;
  readonly key: string;
}

/** A member of an organisation that pays, and its key that calls models. */
export interface Member extends Customer {
  readonly organisationId: string;
}

/** A call as the ledger has it. */
export interface LedgerCall {
  readonly state: 'open' | 'settled' | 'released' | 'expired';
  readonly charged: string | null;
}

/** The whole gateway with vendors that are scripted; clients come through the edge. */
export interface Gateway {
  /** Where an SDK's base URL begins: `…/trueportai-services`. */
  readonly url: string;
  readonly edge: () => RunningApp;
  readonly llm: () => RunningApp;
  readonly credits: () => RunningApp;
  readonly redisUrl: string;
  /** What arrived at the vendors, in order. */
  readonly received: Received[];
  customer(keySettings?: object): Promise<Customer>;
  /** The owner of a new organisation with 50 credits; `token` and `key` are of the organisation. */
  member(): Promise<Member>;
  /** A GET through the edge. */
  read(path: string, headers: Env): Promise<Record<string, unknown>>;
  /** The headers of an operator. */
  readonly operator: Env;
  /** Grants micro-credits away from what a new user has, so that so much is left. */
  leave(customer: Customer, micro: bigint): Promise<void>;
  /** Spendable micro-credits. */
  balance(customer: Pick<Customer, 'userId'>): Promise<bigint>;
  /** Waits until the balance is so much less than it was. */
  charged(customer: Customer, before: bigint, micro: bigint): Promise<void>;
  /** What the ledger knows of somebody's calls, first to last: what became of each hold, and what was charged, in micro-credits. */
  calls(ownerId: string): Promise<LedgerCall[]>;
  /** What calls hold of the limit of a key, in micro-credits. */
  keyHolds(keyId: string): Promise<string>;
  post(path: string, customer: Customer, body: unknown, script?: Script, headers?: Env): Promise<Response>;
  /** Kills a service, and starts it again at the same address. */
  restart(service: 'llm' | 'credits' | 'edge', env?: Env): Promise<void>;
  /** One more process of the LLM gateway, over the same stores; nobody's calls reach it. */
  anotherLlm(): Promise<RunningApp>;
  /** A statement in the LLM gateway's database. */
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Erases a person in the LLM gateway. */
  erase(userId: string): Promise<void>;
  verify(): Promise<void>;
  stop(): Promise<void>;
}

const SERVICES = ['auth', 'users', 'credits', 'llm', 'usage'] as const;
type Service = (typeof SERVICES)[number];

export async function startGateway(llmEnv: Env = {}, pricesFile?: string): Promise<Gateway> {
  const redis = await createTestRedis();
  const received: Received[] = [];
  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const vendorServer = createServer(
    { keepAliveTimeout: 65_000 },
    vendors((each) => received.push(each)),
  );
  await new Promise<void>((resolve) => void vendorServer.listen(0, '127.0.0.1', resolve));
  const vendorUrl = `http://127.0.0.1:${(vendorServer.address() as AddressInfo).port}`;
  const ports = Object.fromEntries(await Promise.all(SERVICES.map(async (name) => [name, await freePort()]))) as Record<
    Service,
    number
  >;
  const databases: Record<string, TestDatabase> = Object.fromEntries(
    await Promise.all(SERVICES.map(async (name) => [name, await createTestDatabase(name)])),
  );
  const urlOf = (name: Service): string => `http://127.0.0.1:${ports[name]}`;
  const env: Env = {
    ...KEYS,
    LOG_LEVEL: 'info',
    REDIS_URL: redis.url,
    // As long as a busy machine may take.
    REDIS_TIMEOUT_MS: '10000',
    AUTH_TIMEOUT_MS: '20000',
    CREDITS_TIMEOUT_MS: '20000',
    LEDGER_WAIT_MS_MAX: '20000',
    SETTLE_WAIT_MS: '5000',
    AUTH_URL: urlOf('auth'),
    USERS_URL: urlOf('users'),
    CREDITS_URL: urlOf('credits'),
    LLM_URL: urlOf('llm'),
    USAGE_URL: urlOf('usage'),
    USAGE_COMPARE_MS: '1000',
    FLASH_URL: vendorUrl,
    CLOCKCHAIN_URL: vendorUrl,
    BILLING_URL: vendorUrl,
    OPENAI_API_KEY: 'stand-in-openai-secret',
    OPENAI_BASE_URL: `${vendorUrl}/openai`,
    ANTHROPIC_API_KEY: 'stand-in-anthropic-secret',
    ANTHROPIC_BASE_URL: `${vendorUrl}/anthropic/`,
    GEMINI_API_KEY: 'stand-in-google-secret',
    GEMINI_BASE_URL: `${vendorUrl}/google`,
    AZURE_OPENAI_RESOURCES: JSON.stringify({
      'my-resource': {
        base_url: `${vendorUrl}/azure`,
        api_key: 'stand-in-azure-secret',
        deployments: { 'my-deployment': MODEL },
      },
    }),
    ...(pricesFile === undefined ? {} : { LLM_PRICES_FILE: pricesFile }),
    RATE_LIMIT_TIERS: JSON.stringify({
      free: { per_minute: 100_000, per_day: 1_000_000, concurrent: 1_000 },
      anonymous: { per_minute: 100_000 },
    }),
    SHUTDOWN_TIMEOUT_MS: '2000',
  };
  const launch = (name: Service, more: Env = {}): Promise<RunningApp> =>
    startApp(name, {
      ...env,
      ...databases[name]?.env,
      [`${name.toUpperCase()}_PORT`]: String(ports[name]),
      ...(name === 'llm' ? llmEnv : {}),
      ...more,
    });
  const apps = Object.fromEntries(
    await Promise.all(SERVICES.map(async (name) => [name, await launch(name)])),
  ) as Record<Service, RunningApp>;
  const edgePort = String(await freePort());
  const launchEdge = (more: Env = {}): Promise<RunningApp> =>
    startApp('edge-proxy', { ...env, EDGE_PORT: edgePort, ...more });
  let edge = await launchEdge();
  const call = async (
    path: string,
    init: { readonly method?: string; readonly body?: string; readonly headers?: Env },
  ): Promise<Record<string, unknown>> => {
    const response = await fetch((path.startsWith('/internal') ? urlOf('credits') : edge.url) + path, {
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const internal = (path: string, body: unknown) =>
    call(`/internal/credits/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-service-key': KEYS.SERVICE_API_KEY },
    });
  let customers = 0;
  const gateway: Gateway = {
    url: `${edge.url}/trueportai-services`,
    edge: () => edge,
    llm: () => apps.llm,
    credits: () => apps.credits,
    received,
    async customer(keySettings = {}) {
      customers += 1;
      const { access_token } = await call('/api/v1/auth/dev/token', {
        method: 'POST',
        body: JSON.stringify({ email: `customer-${process.pid}-${customers}@llm.example` }),
        headers: { 'x-admin-key': KEYS.ADMIN_API_KEY },
      });
      const token = String(access_token);
      const bearer = { authorization: `Bearer ${token}` };
      const me = await call('/auth/users/me', { headers: bearer });
      const { id, projects } = me['data'] as { id: string; projects: { id: string }[] };
      const made = await call('/auth/api-keys/', {
        method: 'POST',
        body: JSON.stringify({ name: 'models', scopes: ['llm:invoke'], rate_limit_per_minute: 1_000, ...keySettings }),
        headers: { ...bearer, 'x-project-id': projects[0]?.id ?? '' },
      });
      return { token, userId: id, key: (made['data'] as { full_key: string }).full_key };
    },
    async member() {
      const { token, userId } = await gateway.customer();
      const post = (path: string, headers: Env, body: unknown) =>
        call(path, { method: 'POST', headers, body: JSON.stringify(body) });
      const personal = { authorization: `Bearer ${token}` };
      const { id } = await post('/platform/api/global/tenants', personal, { name: 'Acme' });
      const organisationId = String(id);
      const owner = { type: 'organisation', id: organisationId };
      await post('/api/v1/credits/admin/grant', gateway.operator, { owner, amount: 50 });
      const selected = await post('/platform/api/global/auth/select-tenant', personal, { tenant_id: organisationId });
      const within = String(selected['access_token']);
      const key = await post(
        '/trueportai-services/api/v1/keys',
        { authorization: `Bearer ${within}` },
        { name: 'models' },
      );
      return { token: within, userId, organisationId, key: String(key['key']) };
    },
    read: (path, headers) => call(path, { headers }),
    operator: { 'x-admin-key': KEYS.ADMIN_API_KEY },
    async leave(customer, micro) {
      const rest = (await gateway.balance(customer)) - micro;
      const held = await internal('reservations', {
        user_id: customer.userId,
        amount_micro: String(rest),
        idempotency_key: `leave-${customer.userId}`,
      });
      await internal(`reservations/${String(held['reservation_id'])}/settle`, {});
    },
    async balance({ userId }) {
      const key = `balance-${userId}-${performance.now()}`;
      const held = await internal('reservations', { user_id: userId, amount_micro: '1', idempotency_key: key }).catch(
        (error: unknown) => {
          if (error instanceof Error && error.message.includes('"balance_micro":"0"')) return undefined;
          throw error;
        },
      );
      if (held === undefined) return 0n;
      await internal(`reservations/${String(held['reservation_id'])}/release`, {});
      return BigInt(String(held['balance_after_micro'])) + 1n;
    },
    async charged(customer, before, micro) {
      let now = before;
      await waitFor(async () => {
        now = await gateway.balance(customer);
        return before - now === micro;
      }).catch((error: unknown) => {
        throw new Error(`charged ${before - now} and not ${micro}`, { cause: error });
      });
    },
    post: (path, { key }, body, script, headers = {}) =>
      fetch(`${edge.url}/trueportai-services${path}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: {
          'x-api-key': key,
          'content-type': 'application/json',
          ...(script === undefined ? {} : { 'x-stand-in': JSON.stringify(script) }),
          ...headers,
        },
      }),
    async keyHolds(keyId) {
      return withClient({ connectionString: databases['llm']?.url }, async (client) => {
        const { rows } = await client.query<{ held: string }>('SELECT held FROM key_budget WHERE key_id = $1', [keyId]);
        return rows[0]?.held ?? '0';
      });
    },
    async calls(ownerId) {
      return withClient({ connectionString: databases['credits']?.url }, async (client) => {
        const { rows } = await client.query<LedgerCall>(
          `SELECT r.state, r.settled_amount AS charged FROM reservation r JOIN account a ON a.id = r.account_id
            WHERE a.owner_id = $1 AND r.transaction_type = 'llm' ORDER BY r.created_at`,
          [ownerId],
        );
        return rows;
      });
    },
    async restart(service, more) {
      if (service === 'edge') {
        await edge.kill();
        edge = await launchEdge(more);
        return;
      }
      await apps[service].kill();
      apps[service] = await launch(service, more);
    },
    anotherLlm: () => launch('llm', { LLM_PORT: '0' }),
    sql: (statement) =>
      withClient({ connectionString: databases['llm']?.url }, async (client) => (await client.query(statement)).rows),
    redisUrl: redis.url,
    async erase(userId) {
      const { status } = await fetch(apps.llm.url + eraseLlm.path, {
        method: 'POST',
        body: JSON.stringify({ user_id: userId, receipt_id: userId }),
        headers: { 'content-type': 'application/json', 'x-service-key': KEYS.SERVICE_API_KEY },
      });
      if (status !== 200) throw new Error(`the erasure answered ${status}`);
    },
    verify: () => verifyLedger(databases['credits']?.env ?? {}),
    async stop() {
      await edge.stop();
      await Promise.all(SERVICES.map((name) => apps[name].stop()));
      await new Promise((resolve) => {
        vendorServer.close(resolve);
        vendorServer.closeAllConnections();
      });
      await Promise.all(Object.values(databases).map((database) => database.drop()));
      await redis.flush();
    },
  };
  return gateway;
}

export { PRICES };
