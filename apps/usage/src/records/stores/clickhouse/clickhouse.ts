import { randomUUID } from 'node:crypto';
import { ClickHouseError, createClient } from '@clickhouse/client';
import type { z } from 'zod';
import { StoreUnavailableError } from '@turnpike/service-kit';

export type Parameters = Readonly<Record<string, unknown>>;

/** A ClickHouse server, and the database on it that request records are in. Everything throws `StoreUnavailableError` while it is down. */
export interface ClickHouse {
  readonly database: string;
  /** Rows of a SELECT. Whole numbers of 64 bits come as text, moments as RFC 3339. */
  read<T>(row: z.ZodType<T>, sql: string, parameters?: Parameters): Promise<T[]>;
  run(sql: string, parameters?: Parameters): Promise<void>;
  /** Writes rows as one block. A block of the same `token` is written once, however often it comes; without one it is written as often as it comes. */
  insert(table: string, rows: readonly object[], token?: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ClickHouseOptions {
  /** `http(s)://user:password@host:port/database`; the database is `turnpike` where none is named. */
  readonly url: string;
  readonly timeoutMs: number;
}

/** Connections at once. */
const CONNECTIONS_MAX = 10;
const DATABASE = 'turnpike';

/** Opens a client of ClickHouse's HTTP interface; connections are made on demand. */
export function openClickHouse({ url, timeoutMs }: ClickHouseOptions): ClickHouse {
  const { origin, pathname, username, password } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1)) || DATABASE;
  const client = createClient({
    url: origin,
    ...(username === '' ? {} : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    application: 'turnpike-usage',
    request_timeout: timeoutMs,
    max_open_connections: CONNECTIONS_MAX,
  });
  return {
    database,

    async read(row, sql, parameters = {}) {
      const rows = await attempt(async () => {
        const result = await client.query({
          query: sql,
          query_params: { ...parameters },
          format: 'JSONEachRow',
          clickhouse_settings: { output_format_json_quote_64bit_integers: 1, date_time_output_format: 'iso' },
        });
        return await result.json<unknown>();
      });
      return rows.map((each) => row.parse(each));
    },

    async run(sql, parameters = {}) {
      await attempt(() => client.command({ query: sql, query_params: { ...parameters } }));
    },

    async insert(table, rows, token = randomUUID()) {
      if (rows.length === 0) return;
      await attempt(() =>
        client.insert({
          table: `${database}.${table}`,
          values: [...rows],
          format: 'JSONEachRow',
          clickhouse_settings: {
            date_time_input_format: 'best_effort',
            input_format_null_as_default: 1,
            async_insert: 0,
            // Without a token of its own a block would be told by what it holds.
            insert_deduplication_token: token,
          },
        }),
      );
    },

    async ping() {
      await attempt(async () => {
        const pong = await client.ping();
        if (!pong.success) throw pong.error;
      });
    },

    close: () => client.close(),
  };
}

/** Kinds of error by which the server says that it was asked or given something wrong; all others say "not now". */
const FAULTS =
  /^(?:CANNOT_PARSE|INCORRECT_DATA|TYPE_MISMATCH|ILLEGAL_|BAD_ARGUMENTS|SYNTAX_ERROR|UNKNOWN_(?:IDENTIFIER|FUNCTION|SETTING|ELEMENT)|NO_SUCH_COLUMN|NUMBER_OF_|ARGUMENT_OUT_OF_BOUND|VALUE_IS_OUT_OF_RANGE)/;

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClickHouseError && FAULTS.test(error.type ?? '')) throw error;
    throw new StoreUnavailableError('ClickHouse', { cause: error });
  }
}
