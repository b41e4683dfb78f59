import { Redis } from 'ioredis';
import { openClient } from '@turnpike/test-kit';

/** Where a value was found: `app_user: {"id": …}` or a Redis key with what it holds. */
export type Finding = string;

/** Every row of every table of a database that holds one of the values anywhere, in any letter case. */
export async function searchDatabase(url: string, values: readonly string[]): Promise<Finding[]> {
  const client = await openClient({ connectionString: url });
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables " +
        "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
    );
    const findings: Finding[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t`);
      findings.push(...rows.filter(({ row }) => holdsOne(row, values)).map(({ row }) => `${name}: ${row}`));
    }
    return findings;
  } finally {
    await client.end();
  }
}

/** Every key of a Redis database whose name or content holds one of the values. */
export async function searchRedis(url: string, values: readonly string[]): Promise<Finding[]> {
  const redis = new Redis(url);
  try {
    const findings: Finding[] = [];
    for (const key of await redis.keys('*')) {
      const content = `${key}: ${JSON.stringify(await contentOf(redis, key))}`;
      if (holdsOne(content, values)) findings.push(content);
    }
    return findings;
  } finally {
    await redis.quit();
  }
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.call('ZRANGE', key, '0', '-1');
    case 'stream':
      return redis.call('XRANGE', key, '-', '+');
    case 'none':
      return null;
    default:
      throw new Error(`nobody knows how to search a ${type}`);
  }
}

function holdsOne(text: string, values: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return values.some(
    (value) => lower.includes(value.toLowerCase()) || lower.includes(Buffer.from(value).toString('hex')),
  );
}
