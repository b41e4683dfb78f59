import { serviceDatabaseUrl } from '../process/settings.ts';

/** The part of `databaseSettings` that a connection pool needs. */
export interface DatabaseConfig {
  readonly DATABASE_URL: string;
  readonly DATABASE_NAME: string;
  readonly DATABASE_POOL_MAX: number;
  readonly DATABASE_TIMEOUT_MS: number;
}

export interface PoolIdentity {
  /** Name under which PostgreSQL lists the connections. */
  readonly application: string;
  /** The role the service takes when it connects: the least privileges it needs, made by its migration. */
  readonly role: string;
  /** Further server settings, such as `jit=off`. */
  readonly settings?: readonly string[];
}

/** How much longer than the server's own limit a silent server is waited for, in milliseconds. */
const SILENCE_MS = 1_000;

/** Options of a service's connection pool, as `PrismaPg` and `pg.Pool` take them. Connections are made on demand. */
export function poolOptions(config: DatabaseConfig, { application, role, settings = [] }: PoolIdentity) {
  return {
    connectionString: serviceDatabaseUrl(config.DATABASE_URL, config.DATABASE_NAME),
    options: [`role=${role}`, ...settings].map((setting) => `-c ${setting}`).join(' '),
    application_name: application,
    max: config.DATABASE_POOL_MAX,
    connectionTimeoutMillis: config.DATABASE_TIMEOUT_MS,
    statement_timeout: config.DATABASE_TIMEOUT_MS,
    // The server cancels a slow statement; this is for a server that has fallen silent.
    query_timeout: config.DATABASE_TIMEOUT_MS + SILENCE_MS,
  };
}

/**
 * What every client of Prisma's is made with. Its own limits of a transaction (2 s for a connection, 5 s for all) would turn a burst into errors before the
 * pool does. And outside production it looks up, for each refused statement, which line of the sources sent it.
 *
 * @param longestMs how long a transaction may take
 */
export function clientOptions(config: DatabaseConfig, longestMs = 2 * config.DATABASE_TIMEOUT_MS) {
  const transactionOptions = { maxWait: config.DATABASE_TIMEOUT_MS, timeout: longestMs };
  return { transactionOptions, errorFormat: 'minimal' } as const;
}
