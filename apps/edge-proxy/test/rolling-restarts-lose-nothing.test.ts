import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createTestDatabase,
  createTestRedis,
  freePort,
  startApp,
  startBalancer,
  verifyLedger,
  type Balancer,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { startRawUpstream, type RawUpstream } from './support/raw-upstream.ts';
import { startReplicas, type Replicas } from './support/replicas.ts';

/** Clients that call all the time; every second one keeps its connection. */
const CLIENTS = 8;
/** What a user of the limited tier may do in a day, over all edges and all their restarts. */
const PER_DAY = 200;
const CREDITS = 1_000_000;
const STREAM_EVENTS = 6;
const EVENT_EVERY_MS = 300;
const TEST_MS_MAX = 600_000;

const SERVICES = ['auth', 'users', 'credits'] as const;
type Name = (typeof SERVICES)[number];

let redis: TestRedis;
let upstream: RawUpstream;
let databases: Record<Name, TestDatabase>;
let balancers: Record<'edge' | 'auth' | 'credits', Balancer>;
let users: RunningApp;
let replicas: Record<'edge' | 'auth' | 'credits', Replicas>;
beforeAll(async () => {
  redis = await createTestRedis();
  upstream = await startRawUpstream();
  const made = SERVICES.map(async (name) => [name, await createTestDatabase(name)] as const);
  databases = Object.fromEntries(await Promise.all(made)) as Record<Name, TestDatabase>;
  balancers = { edge: await startBalancer(), auth: await startBalancer(), credits: await startBalancer() };
  const usersPort = await freePort();
  const env = {
    ...KEYS,
    LOG_LEVEL: 'info',
    REDIS_URL: redis.url,
    AUTH_URL: balancers.auth.url,
    USERS_URL: `http://127.0.0.1:${usersPort}`,
    CREDITS_URL: balancers.credits.url,
    FLASH_URL: upstream.url,
    CLOCKCHAIN_URL: upstream.url,
    BILLING_URL: upstream.url,
    SIGNUP_CREDITS: String(CREDITS),
    // A busy machine may take long to answer; limits are exact only while Redis decides them.
    REDIS_TIMEOUT_MS: '10000',
    AUTH_TIMEOUT_MS: '20000',
    CREDITS_TIMEOUT_MS: '20000',
    RATE_LIMIT_TIERS: JSON.stringify({
      free: { per_minute: 1_000_000 },
      limited: { per_day: PER_DAY },
      anonymous: { per_minute: 1_000_000 },
      admin: { per_minute: 1_000_000 },
    }),
    // As in production, and unlike other tests.
    SHUTDOWN_DRAIN_MS: '5000',
    SHUTDOWN_TIMEOUT_MS: '25000',
  };
  users = await startApp('users', {
    ...env,
    SHUTDOWN_DRAIN_MS: '0',
    ...databases.users.env,
    USERS_PORT: String(usersPort),
  });
  const [auth, credits] = await Promise.all([
    startReplicas('auth', 'AUTH_PORT', { ...env, ...databases.auth.env }, balancers.auth),
    startReplicas('credits', 'CREDITS_PORT', { ...env, ...databases.credits.env }, balancers.credits),
  ]);
  replicas = { edge: await startReplicas('edge-proxy', 'EDGE_PORT', env, balancers.edge), auth, credits };
  upstream.respond = (request, response) => {
    if (!request.url?.endsWith('/stream')) return void response.end('done');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      response.write(`data: ${sent}\n\n`);
      if (sent < STREAM_EVENTS) return;
      clearInterval(timer);
      response.end();
    }, EVENT_EVERY_MS);
    return undefined;
  };
});
afterAll(async () => {
  await replicas.edge.stop();
  await Promise.all([replicas.auth.stop(), replicas.credits.stop(), users.stop()]);
  await Promise.all(Object.values(balancers).map((balancer) => balancer.close()));
  await upstream.close();
  await Promise.all(Object.values(databases).map((database) => database.drop()));
  await redis.flush();
});

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request to the gateway's address. */
function call(
  method: string,
  target: string,
  { token, json, agent }: { token?: string; json?: unknown; agent?: Agent | undefined },
): Promise<Told> {
  const { hostname, port } = new URL(balancers.edge.url);
  const body = json === undefined ? '' : JSON.stringify(json);
  const headers = {
    ...(token === undefined ? { 'X-Admin-Key': KEYS.ADMIN_API_KEY } : { Authorization: `Bearer ${token}` }),
    ...(json === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, path: target, method, headers, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** A person with an app: all it was told, and all that failed. */
class Client {
  readonly failures: string[] = [];
  readonly counts = new Map<string, number>();
  charged = 0;
  #token = '';
  #refreshToken = '';
  readonly #agent: Agent | undefined;
  readonly #email: string;

  constructor(number: number) {
    this.#email = `rolling-${number}@edge.example`;
    this.#agent = number % 2 === 0 ? undefined : new Agent({ keepAlive: true, maxSockets: 2 });
  }

  async signIn(tier = 'free'): Promise<void> {
    this.#take(await call('POST', '/api/v1/auth/dev/token', { json: { email: this.#email, tier } }));
  }

  #take({ status, text }: Told): void {
    if (status !== 200) throw new Error(`no tokens: ${status} ${text}`);
    const pair = JSON.parse(text) as { access_token: string; refresh_token: string };
    [this.#token, this.#refreshToken] = [pair.access_token, pair.refresh_token];
  }

  /** One act of each kind in turn, until told to stop. */
  async run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      await this.do('generate', () => this.#call('POST', '/api/v1/timepoints/generate/sync', {}));
      await this.do('read', () => this.#call('GET', '/api/v1/timepoints/a'));
      await this.do('balance', () => this.#call('GET', '/api/v1/credits/balance'));
      await this.do('refresh', async () => {
        const json = { refresh_token: this.#refreshToken };
        const told = await this.#call('POST', '/api/v1/auth/refresh', json);
        if (told.status === 200) this.#take(told);
        return told;
      });
      await this.do('stream', async () => {
        const told = await this.#call('POST', '/api/v1/timepoints/generate/stream', {});
        if (told.status === 200 && !told.text.endsWith(`data: ${STREAM_EVENTS}\n\n`))
          throw new Error(`cut: ${told.text}`);
        return told;
      });
    }
  }

  async do(kind: string, act: () => Promise<Told>): Promise<number> {
    try {
      const { status, headers, text } = await act();
      this.charged += Number(headers['x-credits-charged'] ?? 0);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      if (status !== 200 && status !== 429) this.failures.push(`${kind}: ${status} ${text}`);
      return status;
    } catch (error) {
      this.failures.push(`${kind}: ${String(error)}`);
      return 0;
    }
  }

  read(): Promise<number> {
    return this.do('read', () => this.#call('GET', '/api/v1/timepoints/a'));
  }

  async balance(): Promise<number> {
    const { text } = await this.#call('GET', '/api/v1/credits/balance');
    return (JSON.parse(text) as { balance: number }).balance;
  }

  close(): void {
    this.#agent?.destroy();
  }

  #call(method: string, target: string, json?: unknown): Promise<Told> {
    return call(method, target, { token: this.#token, json, agent: this.#agent });
  }
}

test(
  'two edges, two auths and two credits, each restarted in turn under load: no request fails, streams end, one limit and all money are exact',
  async () => {
    const clients = Array.from({ length: CLIENTS }, (_value, number) => new Client(number));
    for (const client of clients) await client.signIn();
    const limited = new Client(CLIENTS);
    await limited.signIn('limited');

    let done = false;
    const running = clients.map((client) => client.run(() => done));
    const admitted = (async () => {
      let count = 0;
      while (!done) if ((await limited.read()) === 200) count += 1;
      return count;
    })();
    for (const name of ['edge', 'auth', 'credits'] as const)
      for (let index = 0; index < replicas[name].count; index += 1) await replicas[name].replace(index);
    done = true;
    await Promise.all(running);

    expect([...clients, limited].flatMap((client) => client.failures)).toEqual([]);
    for (const kind of ['generate', 'read', 'balance', 'refresh', 'stream'])
      expect(clients.reduce((sum, client) => sum + (client.counts.get(kind) ?? 0), 0)).toBeGreaterThan(CLIENTS);
    // It asked more often than it was let in.
    expect(await admitted).toBe(PER_DAY);
    expect(limited.counts.get('read')).toBeGreaterThan(PER_DAY);
    for (const client of clients) {
      expect(client.charged).toBeGreaterThan(0);
      expect(CREDITS - (await client.balance())).toBe(client.charged);
    }
    await verifyLedger(databases.credits.env);
    for (const client of [...clients, limited]) client.close();
  },
  TEST_MS_MAX,
);
