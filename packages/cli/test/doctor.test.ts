import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { migrateService, withClient, withDatabase } from '@turnpike/migrate';
import { runProgram, startApp, startPostgres, startRedis, waitFor, type OwnStore } from '@turnpike/test-kit';

/** Faults are planted one by one, and the doctor finds each and says what to do. */

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

interface Finding {
  readonly severity: string;
  readonly what: string;
  readonly fix: string;
}

let redis: OwnStore;
let folder: string;
/** Something else's web server at the address of the edge. */
let server: Server;
let healthy: Readonly<Record<string, string>>;
let metricsOpen = false;
/** How far that server's clock is ahead, in milliseconds. */
let aheadMs = 0;

const ROUTES = `version: 1
upstreams:
  orders: { url: ORDERS_URL, serviceKey: ORDERS_SERVICE_KEY }
routes:
  - { id: orders.read, path: /orders/*, methods: [GET], upstream: orders, auth: public, charge: none, limit: tier, scope: none }
`;
/** Nothing listens there. */
const NOBODY = 'http://127.0.0.1:1';

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-doctor-'));
  server = createServer((request, response) => {
    const answered = request.url === '/health' || (request.url === '/metrics' && metricsOpen);
    response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
    response.writeHead(answered ? 200 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const secret = (index: number): string => `${index}0123456789abcdefghijklmnopqrstuv`;
  const names = ['SERVICE_API_KEY', 'INTERNAL_SIGNING_SECRET', 'GATEWAY_SIGNING_SECRET', 'AUTH_ENCRYPTION_KEY'];
  healthy = {
    DATA_DIR: '/nowhere',
    REDIS_URL: redis.url,
    TURNPIKE_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    ...Object.fromEntries(
      [...names, 'USERS_ENCRYPTION_KEY', 'CONSOLE_KEY'].map((name, index) => [name, secret(index)]),
    ),
  };
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
  await redis.dispose();
});

async function doctor(more: Readonly<Record<string, string>> = {}): Promise<{ code: number; found: Finding[] }> {
  const { stdout, code } = await runProgram(CLI, ['doctor', '--json'], { ...healthy, ...more });
  const checked = JSON.parse(stdout) as { findings: Finding[] }[];
  return { code: code ?? -1, found: checked.flatMap(({ findings }) => findings) };
}

/** Makes a file for one test. */
async function fileOf(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

const whats = (found: readonly Finding[]): string[] => found.map(({ what }) => what);

const plants: readonly [
  string,
  () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>,
  RegExp,
][] = [
  ['no operators’ key', () => ({}), /^ADMIN_API_KEY is not set/],
  ['a key that can be guessed', () => ({ CONSOLE_KEY: 'changeme' }), /^CONSOLE_KEY can be guessed/],
  ['a long key of one letter', () => ({ CONSOLE_KEY: 'a'.repeat(64) }), /^CONSOLE_KEY can be guessed/],
  [
    'one value for two purposes',
    () => ({ CONSOLE_KEY: healthy['SERVICE_API_KEY'] ?? '' }),
    /^CONSOLE_KEY and SERVICE_API_KEY are the same/,
  ],
  [
    'a file that is not there',
    () => ({ SERVICE_KEYS_FILE: '/nowhere/keys.json' }),
    /^SERVICE_KEYS_FILE cannot be used/,
  ],
  [
    'a file that is no JSON',
    async () => ({ SERVICE_KEYS_FILE: await fileOf('keys.json', '{') }),
    /^SERVICE_KEYS_FILE cannot be used/,
  ],
  [
    'no PostgreSQL',
    () => ({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/postgres' }),
    /^PostgreSQL does not answer/,
  ],
  ['no Redis', () => ({ REDIS_URL: 'redis://127.0.0.1:1' }), /^Redis does not answer/],
  ['no edge', () => ({ TURNPIKE_URL: 'http://127.0.0.1:1' }), /^The edge does not answer/],
  [
    'a routes file that the edge would refuse',
    async () => ({ ROUTES_FILE: await fileOf('bad.yaml', ROUTES.replace('upstream: orders', 'upstream: nobody')) }),
    /^The edge would refuse .*bad\.yaml: .*there is no upstream nobody/,
  ],
  [
    'a backend of the routes file that is not there',
    async () => ({ ROUTES_FILE: await fileOf('routes.yaml', ROUTES), ORDERS_URL: NOBODY }),
    /^orders does not answer at http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/,
  ],
  ['no key set', () => ({}), /^The key set cannot be read: .* answers 404/],
  [
    'an operators’ key that the gateway does not know',
    () => ({ ADMIN_API_KEY: healthy['AUTH_ENCRYPTION_KEY'] ?? '' }),
    /^The overview cannot be read/,
  ],
];

test.each(plants)('%s', async (_fault, plant, expected) => {
  const { code, found } = await doctor(await plant());
  expect(whats(found)).toContainEqual(expect.stringMatching(expected));
  expect(found.every(({ fix }) => fix.length > 10)).toBe(true);
  expect(code).toBe(2);
});

test('metrics that everybody can read', async () => {
  metricsOpen = true;
  expect(whats((await doctor()).found)).toContainEqual(expect.stringMatching(/^\/metrics is open/));
  metricsOpen = false;
  expect(whats((await doctor()).found)).not.toContainEqual(expect.stringMatching(/^\/metrics is open/));
});

test('clocks that are apart, of the edge and of a service, from that of the stores', async () => {
  const clocks = async () =>
    (await doctor({ AUTH_URL: healthy['TURNPIKE_URL'] ?? '' })).found.filter(({ what }) =>
      what.startsWith('The clock of'),
    );
  expect(await clocks()).toEqual([]);
  aheadMs = 3_600_000;
  const ahead = expect.stringMatching(/^The clock of (?:auth|the edge) is 3\d{3} s ahead of that of Redis\.$/);
  expect(await clocks()).toEqual([1, 2].map(() => expect.objectContaining({ severity: 'problem', what: ahead })));
  aheadMs = -3_600_000;
  expect(whats(await clocks())).toContainEqual(
    expect.stringMatching(/^The clock of auth is 3\d{3} s behind that of Redis\.$/),
  );
  aheadMs = 0;
});

/** What serves a key set of its own, as an auth with another database. */
async function startKeySet(kid: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }];
  const auth = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.writeHead(request.url === '/.well-known/jwks.json' ? 200 : 404).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => auth.listen(0, '127.0.0.1', resolve));
  const address = auth.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    stop: () => new Promise((resolve) => auth.close(resolve).closeAllConnections()),
  };
}

test('two edges with different routes, one of another auth, and a backend of theirs that is not there', async () => {
  const ADMIN_API_KEY = 'of-operators-0123456789abcdefghijklmnopqrstuv';
  const auths = await Promise.all(['one', 'other'].map(startKeySet));
  const texts = [ROUTES, `${ROUTES}# changed\n`];
  const edges = await Promise.all(
    auths.map(async ({ url }, at) =>
      startApp('edge-proxy', {
        ...healthy,
        ADMIN_API_KEY,
        AUTH_URL: url,
        ROUTES_FILE: await fileOf(`edge-${at}.yaml`, texts[at] ?? ''),
        ORDERS_URL: NOBODY,
        ORDERS_SERVICE_KEY: 'of-orders-0123456789abcdefghijklmnopqrstuv',
      }),
    ),
  );
  const [edge, other] = [edges[0]?.url ?? '', auths[1]?.url ?? ''];
  const environment = { ADMIN_API_KEY, TURNPIKE_URL: edge, AUTH_URL: other };
  // Each reports every two seconds, and asks its auth for keys when it starts. Only once both have reported can they differ.
  const found = await waitFor(async () => {
    const now = whats((await doctor(environment)).found);
    const areKnown = now.includes('Edges have loaded different routes files.');
    return areKnown && now.some((what) => what.includes(' knows none of the keys ')) ? now : undefined;
  });
  expect(found).toEqual(
    expect.arrayContaining([
      'Edges have loaded different routes files.',
      expect.stringMatching(/^orders does not answer at http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/),
      `The key set at ${edge} lacks other, which auth publishes.`,
      expect.stringMatching(
        new RegExp(`^The edge .*/${edges[1]?.pid} knows none of the keys that ${edge} publishes\\.$`),
      ),
    ]),
  );
  expect(found.filter((what) => what.startsWith('The clock of') || what.includes(`/${edges[0]?.pid} knows`))).toEqual(
    [],
  );
  await Promise.all([...edges, ...auths].map((each) => each.stop()));
});

test('a Redis that evicts, and one that refuses writes', async () => {
  const client = new Redis(redis.url);
  try {
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(whats((await doctor()).found)).toContainEqual(expect.stringMatching(/^Redis evicts keys \(allkeys-lru\)/));
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await client.config('SET', 'maxmemory', '1');
    expect(whats((await doctor()).found)).toContainEqual(expect.stringMatching(/^Redis refuses writes/));
    await client.config('SET', 'maxmemory', '0');
    expect(whats((await doctor()).found).filter((what) => what.includes('Redis'))).toEqual([]);
  } finally {
    client.disconnect();
  }
});

test('a database without its migrations, and one that lacks the last of them', async () => {
  const postgres = await startPostgres();
  const migrations = async () =>
    whats((await doctor({ DATABASE_URL: postgres.url })).found).filter((what) => what.startsWith('turnpike_usage'));
  try {
    expect(await migrations()).toEqual([expect.stringMatching(/^turnpike_usage cannot be read: .*does not exist/)]);
    await migrateService({ app: 'usage', databaseUrl: postgres.url });
    expect(await migrations()).toEqual([]);
    await withClient({ connectionString: withDatabase(postgres.url, 'turnpike_usage') }, (client) =>
      client.query('DELETE FROM _prisma_migrations'),
    );
    expect(await migrations()).toEqual([expect.stringMatching(/^turnpike_usage lacks \d{14}_/)]);
  } finally {
    await postgres.dispose();
  }
});
