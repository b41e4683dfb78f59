import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import {
  HEADER,
  RECORDS_FORMAT,
  RECORDS_STREAM,
  signGatewayRequest,
  signGatewayRequestV2,
  type CallCompletion,
  type CallerFacts,
  type RecordBatch,
  type RecordDetail,
  type RecordRow,
} from '@turnpike/contracts';
import {
  callJson,
  createTestDatabase,
  createTestRedis,
  startApp,
  waitFor,
  withClient,
  type RunningApp,
  type TestDatabase,
  type TestRedis,
} from '@turnpike/test-kit';

export const SERVICE_KEY = 'usage-test-service-key-0123456789abcdef';
export const ADMIN_KEY = 'usage-test-admin-key-0123456789abcdef01';
export const INTERNAL_SECRET = 'usage-test-signing-secret-0123456789abcd';
/** Nobody listens there. */
export const NOWHERE = 'http://127.0.0.1:9';

type Headers_ = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, never>;
}

/** A request to leave a record of. What is left out is that of a plain successful GET. */
export interface Given {
  readonly caller?: CallerFacts;
  readonly route?: string | null;
  readonly upstream?: string;
  /** The pattern of the route. */
  readonly path?: string;
  /** What the caller's key shows of itself. */
  readonly keyPrefix?: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly atMs?: number;
  readonly durationUs?: number;
  readonly detail?: RecordDetail;
}

export const ANONYMOUS: CallerFacts = ['anonymous', null, null, null, null, null, null, null, null];

/** A person's session. */
export function person(userId: string): CallerFacts {
  return ['user', userId, null, null, null, null, null, null, 'free'];
}

/** A member's session within an organisation. */
export function member(userId: string, organisationId: string, environment: 'prod' | 'test' = 'prod'): CallerFacts {
  return ['user', userId, organisationId, environment, null, null, null, null, 'pro'];
}

/** The same with an API key. */
export function keyed(caller: CallerFacts, keyId: string): CallerFacts {
  return [...caller.slice(0, 4), keyId, ...caller.slice(5)] as CallerFacts;
}

/** The JSON of a batch with these requests. */
export function batchOf(given: readonly Given[], calls: readonly CallCompletion[] = []): RecordBatch {
  const t = Date.now();
  return {
    t,
    c: given.map(({ caller }) => caller ?? ANONYMOUS),
    r: given.map(({ route = 'clockchain', upstream = 'clockchain' }) => [
      route,
      route === null ? null : upstream,
      'private',
    ]),
    w: [['minute', 10, 60]],
    p: given.map(({ path = '' }) => path),
    k: Object.fromEntries(
      given.flatMap(({ caller: [, , , , keyId] = ANONYMOUS, keyPrefix }) =>
        keyId === null || keyPrefix === undefined ? [] : [[keyId, keyPrefix]],
      ),
    ),
    ...(calls.length > 0 ? { m: [...calls] } : {}),
    d: given.map(
      ({ status = 200, requestId = randomUUID(), atMs = t, durationUs = 1_500, detail = null }, place): RecordRow => [
        atMs - t,
        requestId,
        place,
        place,
        'GET',
        status,
        durationUs,
        900,
        1_000,
        0,
        321,
        0,
        7,
        42,
        1,
        detail,
      ],
    ),
  };
}

/** A running usage service, with the stream it reads and the database it writes. */
export interface Usage {
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  readonly stream: Redis;
  readonly env: Headers_;
  readonly url: () => string;
  /** Leaves a batch on the stream, as an edge does. */
  leave(
    given: readonly Given[],
    producer?: string,
    sequence?: number,
    calls?: readonly CallCompletion[],
  ): Promise<void>;
  /** Leaves records and waits until they are stored. */
  record(...given: Given[]): Promise<void>;
  /** Rows of a statement with every right. */
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Records that are stored. */
  count(): Promise<number>;
  send(method: string, path: string, headers?: Headers_, body?: unknown): Promise<Answer>;
  asUser(userId: string, path: string): Promise<Answer>;
  asMember(userId: string, organisationId: string, role: string, path: string): Promise<Answer>;
  asOperator(path: string): Promise<Answer>;
  restart(): Promise<void>;
  app(): RunningApp;
  stop(): Promise<void>;
}

/** Records that a ClickHouse holds. */
async function countIn(clickHouse: string): Promise<number> {
  const query = encodeURIComponent('SELECT count() FROM turnpike.request_record FINAL');
  const response = await fetch(`${clickHouse}/?query=${query}`);
  // The service makes its tables when it starts.
  return response.ok ? Number(await response.text()) : 0;
}

/** `serverUrl`: another PostgreSQL than that of the run. */
export async function startUsage(env: Headers_ = {}, serverUrl?: string): Promise<Usage> {
  const database = await createTestDatabase('usage', serverUrl);
  const redis = await createTestRedis();
  const stream = new Redis(redis.url);
  const settings = {
    ...database.env,
    REDIS_URL: redis.url,
    AUTH_URL: NOWHERE,
    CREDITS_URL: NOWHERE,
    USERS_URL: NOWHERE,
    SERVICE_API_KEY: SERVICE_KEY,
    ADMIN_API_KEY: ADMIN_KEY,
    INTERNAL_SIGNING_SECRET: INTERNAL_SECRET,
    USAGE_CLAIM_IDLE_MS: '1000',
    ...env,
  };
  let app = await startApp('usage', settings);
  let sequence = 0;
  const producer = randomUUID();

  const send = async (method: string, path: string, headers: Headers_ = {}, body?: unknown): Promise<Answer> => {
    const all = { [HEADER.serviceKey]: SERVICE_KEY, ...headers };
    const answer = await callJson<Answer['body'] | undefined>(app.url, method, path, { body, headers: all });
    return { ...answer, body: answer.body ?? {} };
  };
  const rows = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> => {
    let found: Record<string, unknown>[] = [];
    await withClient({ connectionString: database.url }, async (client) => {
      found = (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    });
    return found;
  };
  const countInPostgres = async (): Promise<number> =>
    Number((await rows('SELECT count(*) FROM request_record'))[0]?.['count']);
  const { USAGE_STORE_URL: clickHouse } = env;
  const count = clickHouse === undefined ? countInPostgres : () => countIn(clickHouse);
  const leave: Usage['leave'] = async (given, from = producer, number = (sequence += 1), calls = []) => {
    const fields = [
      'v',
      RECORDS_FORMAT,
      'e',
      from,
      'q',
      number,
      'n',
      given.length,
      'b',
      JSON.stringify(batchOf(given, calls)),
    ];
    await stream.xadd(RECORDS_STREAM, '*', ...fields);
  };
  const vouched = (userId: string, path: string, more: Headers_ = {}, tenantId?: string): Headers_ => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const parts = { method: 'GET', path: path.split('?', 1)[0] ?? path, userId, timestamp };
    return {
      [HEADER.userId]: userId,
      [HEADER.userTier]: 'free',
      [HEADER.gatewayTimestamp]: String(timestamp),
      [HEADER.gatewaySignature]: signGatewayRequest(INTERNAL_SECRET, parts),
      ...(tenantId === undefined
        ? {}
        : { [HEADER.gatewaySignatureV2]: signGatewayRequestV2(INTERNAL_SECRET, { ...parts, tenantId }) }),
      ...more,
    };
  };
  return {
    database,
    redis,
    stream,
    env: settings,
    url: () => app.url,
    leave,
    async record(...given) {
      const before = await count();
      await leave(given);
      await waitFor(async () => (await stream.xlen(RECORDS_STREAM)) === 0 && (await count()) >= before + given.length);
    },
    rows,
    count,
    send,
    asUser: (userId, path) => send('GET', path, vouched(userId, path)),
    asMember: (userId, organisationId, role, path) =>
      send(
        'GET',
        path,
        vouched(
          userId,
          path,
          {
            [HEADER.tenantId]: organisationId,
            [HEADER.gatewayTenantRole]: role,
            [HEADER.gatewayTenantEnv]: 'prod',
          },
          organisationId,
        ),
      ),
    asOperator: (path) => send('GET', path, { [HEADER.adminKey]: ADMIN_KEY }),
    async restart() {
      app = await startApp('usage', settings);
    },
    app: () => app,
    async stop() {
      await app.stop();
      stream.disconnect();
      await database.drop();
      await redis.flush();
    },
  };
}
