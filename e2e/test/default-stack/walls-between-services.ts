import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { withDatabase } from '@turnpike/migrate';
import { withClient } from '@turnpike/test-kit';
import { callerAt, statusOf } from '../../support/callers.ts';
import { defaultStack } from '../../support/default-stack.ts';
import type { TempStack } from '../../support/temp-stack.ts';

/** What somebody can do who has taken over one service of the local stack, with the connections that it holds. */

const DATABASES = {
  auth: 'turnpike_auth',
  users: 'turnpike_users',
  credits: 'turnpike_credits',
  usage: 'turnpike_usage',
  llm: 'turnpike_llm',
  'example-downstream': 'turnpike_example',
};
const SERVICES = [...Object.keys(DATABASES), 'edge-proxy'];

let temp: TempStack;
beforeAll(() => {
  temp = defaultStack();
});

/** The environment of the running process. */
async function environmentOf(service: string): Promise<Record<string, string>> {
  const raw = await readFile(`/proc/${temp.stack.processes()[service]}/environ`, 'utf8');
  const entries = raw.split('\0').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function query(url: string, database: string, ...statements: string[]): Promise<unknown> {
  return await withClient({ connectionString: withDatabase(url, database) }, async (client) => {
    for (const statement of statements.slice(0, -1)) await client.query(statement);
    return (await client.query<Record<string, unknown>>(statements.at(-1) ?? '')).rows[0];
  });
}

describe.each(Object.entries(DATABASES))('%s', (service, own) => {
  test('has a login that is no superuser, and opens no database but its own', async () => {
    const { DATABASE_URL: url = '' } = await environmentOf(service);
    expect(
      await query(
        url,
        own,
        'SET ROLE NONE',
        'SELECT current_user AS name, rolsuper AS super FROM pg_roles WHERE rolname = current_user',
      ),
    ).toEqual({ name: own, super: false });
    for (const other of Object.values(DATABASES).filter((name) => name !== own))
      await expect(query(url, other, 'SELECT')).rejects.toThrow('permission denied for database');
  });
});

test('the services are connected with these logins', async () => {
  const rows = await query(
    temp.stack.info.database_url,
    'postgres',
    `SELECT array_agg(DISTINCT usename::text ORDER BY usename::text) AS logins FROM pg_stat_activity
      WHERE datname LIKE 'turnpike\\_%'`,
  );
  expect(rows).toEqual({ logins: Object.values(DATABASES).toSorted() });
});

test.each(['auth', 'users', 'credits', 'usage', 'llm', 'edge-proxy'])('%s administers no Redis', async (service) => {
  const { REDIS_URL: url = '' } = await environmentOf(service);
  const redis = new Redis(url);
  try {
    await redis.set('{turnpike}:walls', '1', 'EX', 1);
    for (const command of [['FLUSHALL'], ['CONFIG', 'GET', '*'], ['SHUTDOWN'], ['ACL', 'LIST'], ['GET', 'of-others']])
      await expect(redis.call(...(command as [string]))).rejects.toThrow('NOPERM');
  } finally {
    redis.disconnect();
  }
});

test('no service holds the keys to a store as a whole, and the example none of ours', async () => {
  const { info } = temp.stack;
  const [postgres, redis] = [new URL(info.database_url).password, new URL(info.redis_url).password];
  for (const service of SERVICES) {
    const text = JSON.stringify(await environmentOf(service));
    for (const secret of [postgres, redis]) expect(text).not.toContain(secret);
    expect(text.includes(info.service_api_key)).toBe(service !== 'example-downstream');
    expect(text.includes(info.admin_api_key)).toBe(service !== 'example-downstream');
  }
  expect(await environmentOf('example-downstream')).not.toHaveProperty('INTERNAL_SIGNING_SECRET');
});

test('the example still takes the keys of stack.json from those who call it directly', async () => {
  const { info } = temp.stack;
  const { DOWNSTREAM_PORT: port } = await environmentOf('example-downstream');
  const baseUrl = `http://127.0.0.1:${port}`;
  const service = callerAt(baseUrl, { serviceKey: info.service_api_key });
  await service.request('/api/v1/moments');
  const stranger = callerAt(baseUrl, { serviceKey: 'another' });
  expect(await statusOf(stranger.requestWithHeaders('/api/v1/moments'))).toBe(403);
  const bulk = { method: 'POST', json: { queries: [{ query: 'The first flight' }] } };
  expect(await statusOf(service.requestWithHeaders('/api/v1/bulk-generate', bulk))).toBe(403);
  const headers = { 'X-Admin-Key': info.admin_api_key };
  expect(await statusOf(service.requestWithHeaders('/api/v1/bulk-generate', { ...bulk, headers }))).toBe(202);
});
