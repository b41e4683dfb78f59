import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { migrateService, withClient, withDatabase } from '@turnpike/migrate';
import { runProgram, startPostgres, startRedis, type OwnStore } from '@turnpike/test-kit';

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

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-doctor-'));
  server = createServer((request, response) => {
    const answered = request.url === '/health' || (request.url === '/metrics' && metricsOpen);
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
    async () => {
      const file = path.join(folder, 'keys.json');
      await writeFile(file, '{');
      return { SERVICE_KEYS_FILE: file };
    },
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
