import { createHash } from 'node:crypto';
import { API_KEY_RANDOM_CHARS, composeApiKey } from '@turnpike/contracts';
import type { MigratedApp } from '@turnpike/migrate';
import { openClient } from '@turnpike/migrate';
import { emptyTables, fill, fillOthers, type Fill } from './fill.ts';
import { API_KEYS_SQL, AUTH_SQL, creditsSql, HELPERS, USERS_SQL } from './people.ts';
import { AUTH_TRACES, CREDITS_TRACES, EXAMPLE_TRACES, LLM_TRACES, USAGE_TRACES, USERS_TRACES } from './traces.ts';

/** Who is made, and how much each has. */
export interface Population {
  /** Users by number; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** Entries of each history of credits, 2 or more. */
  readonly entries: number;
  /** Tables that stay as they are. */
  readonly smallTables: ReadonlySet<string>;
}

/** Users of one transaction. */
const CHUNK = 50_000;

/** The API key of a user by number: well formed, and the same in every run. */
export function populatedApiKey(number: number): string {
  return composeApiKey('live', String(number).padStart(API_KEY_RANDOM_CHARS, '0'));
}

/** The id of a user by number. */
export function populatedUserId(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The address of a user by number; `%` stands for what SQL puts numbers into. */
export function populatedEmail(number: number | '%'): string {
  return `user${number}@bench.example`;
}

/**
 * Fills every table of an app's database that grows, a row or more per user, and leaves it with fresh statistics. The
 * service must have started once, since it brings its own lists; `databaseUrl` with every right.
 */
export async function populate(databaseUrl: string, app: MigratedApp, population: Population): Promise<void> {
  const { smallTables } = population;
  const client = await openClient({ connectionString: databaseUrl });
  try {
    let others: readonly string[] | undefined;
    for (const sql of HELPERS) await client.query(sql);
    for (let from = population.from; from < population.to; from += CHUNK) {
      const to = Math.min(from + CHUNK, population.to);
      await client.query('BEGIN');
      for (const { sql, values } of peopleOf(app, { ...population, from, to })) await client.query(sql, [...values]);
      for (const rows of TRACES[app]) await fill(client, rows, from, to);
      others ??= (await emptyTables(client)).filter((table) => !smallTables.has(table));
      await fillOthers(client, others, from, to);
      await client.query('COMMIT');
    }
    await client.query('VACUUM (ANALYZE)');
  } finally {
    await client.end();
  }
}

const TRACES: Readonly<Record<MigratedApp, readonly Fill[]>> = {
  auth: AUTH_TRACES,
  users: USERS_TRACES,
  credits: CREDITS_TRACES,
  usage: USAGE_TRACES,
  llm: LLM_TRACES,
  'example-downstream': EXAMPLE_TRACES,
};

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

function peopleOf(app: MigratedApp, { from, to, entries }: Population): Statement[] {
  const all = (statements: readonly string[]): Statement[] =>
    statements.map((sql) => ({ sql, values: [from, to, populatedEmail('%')].slice(0, sql.includes('$3') ? 3 : 2) }));
  switch (app) {
    case 'auth':
      return [...all(AUTH_SQL), apiKeys(from, to)];
    case 'users':
      return all(USERS_SQL);
    case 'credits':
      return all(creditsSql(entries));
    case 'usage':
    case 'llm':
    case 'example-downstream':
      return [];
  }
}

function apiKeys(from: number, to: number): Statement {
  const keys = Array.from({ length: to - from }, (_, place) => populatedApiKey(from + place));
  const digests = keys.map((key) => createHash('sha256').update(key).digest());
  return { sql: API_KEYS_SQL, values: [from, digests, keys.map((key) => key.slice(0, 14)), ['credits:read']] };
}
