import { createHash } from 'node:crypto';
import { DEFAULT_API_KEY_SCOPES } from '@turnpike/contracts';
import { withClient, withDatabase } from '@turnpike/migrate';
import { populatedApiKey } from '@turnpike/test-kit/population';
import { API_KEYS_SQL, AUTH_SQL, creditsSql, HELPERS, USERS_SQL } from '@turnpike/test-kit/population/people';
import { emailOf } from '../edge/stack.ts';

/** Users by number; `to` is exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Databases of the services that are measured. */
export const DATABASES = ['turnpike_users', 'turnpike_auth', 'turnpike_credits'];
/** Entries of each history: two grants, then charges. */
const ENTRIES = 20;
/** Characters of a key that its owner sees in lists. */
const PREFIX_CHARS = 14;

/** Every so many-th number of a range, `count` of them. */
export function spread(count: number, { from, to }: Range): number[] {
  return Array.from({ length: count }, (_, place) => from + Math.floor((place * (to - from)) / count));
}

/**
 * Keeps maintenance of the server out of the figures, for it falls into whichever round it likes: no checkpoint but those that `populate` makes,
 * no autovacuum.
 */
export async function quieten(serverUrl: string): Promise<void> {
  await withClient({ connectionString: serverUrl }, async (client) => {
    for (const setting of [`autovacuum = off`, `checkpoint_timeout = '1d'`, `max_wal_size = '16GB'`])
      await client.query(`ALTER SYSTEM SET ${setting}`);
    await client.query('SELECT pg_reload_conf()');
  });
}

/** Adds the users of a range to every database, then leaves the server with fresh statistics and nothing to write. */
export async function populate(serverUrl: string, { from, to }: Range): Promise<void> {
  const keys = Array.from({ length: to - from }, (_, place) => populatedApiKey(from + place));
  const digests = keys.map((key) => createHash('sha256').update(key).digest());
  const prefixes = keys.map((key) => key.slice(0, PREFIX_CHARS));
  const template = emailOf('%');
  await insert(withDatabase(serverUrl, 'turnpike_users'), async (query) => {
    for (const sql of USERS_SQL) await query(sql, [from, to, template].slice(0, parametersOf(sql)));
  });
  await insert(withDatabase(serverUrl, 'turnpike_auth'), async (query) => {
    for (const sql of AUTH_SQL) await query(sql, [from, to, template].slice(0, parametersOf(sql)));
    await query(API_KEYS_SQL, [from, digests, prefixes, DEFAULT_API_KEY_SCOPES]);
  });
  await insert(withDatabase(serverUrl, 'turnpike_credits'), async (query) => {
    for (const sql of creditsSql(ENTRIES)) await query(sql, [from, to]);
  });
  for (const name of DATABASES)
    await withClient({ connectionString: withDatabase(serverUrl, name) }, (client) => client.query('VACUUM (ANALYZE)'));
  await withClient({ connectionString: serverUrl }, (client) => client.query('CHECKPOINT'));
}

/** A statement is given the parameters that it names. */
function parametersOf(sql: string): number {
  return sql.includes('$3') ? 3 : 2;
}

/** All of it or nothing. */
async function insert(
  databaseUrl: string,
  write: (query: (sql: string, values: readonly unknown[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await withClient({ connectionString: databaseUrl }, async (client) => {
    await client.query('BEGIN');
    for (const helper of HELPERS) await client.query(helper);
    await write((sql, values) => client.query(sql, [...values]));
    await client.query('COMMIT');
  });
}
