import { PrismaPg } from '@prisma/adapter-pg';
import {
  clientOptions,
  databaseOf,
  poolOptions,
  watchedAdapter,
  type Database as DatabaseOf,
  type DatabaseConfig,
  type Db as DbOf,
  type Metrics,
} from '@turnpike/service-kit';
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts';

/** The database, or an open transaction of it. */
export type Db = DbOf<Prisma.TransactionClient>;

export interface Database extends DatabaseOf<Prisma.TransactionClient> {
  /** For transactions with limits of their own. */
  readonly client: PrismaClient;
}

/** Longest run of one query of a verification, which reads whole tables and grows with them, in milliseconds. */
export const VERIFICATION_QUERY_TIMEOUT_MS = 10 * 60_000;

/**
 * Longest wait of a verification for its connection, in milliseconds: no client waits for it, and a busy server is not
 * down.
 */
export const VERIFICATION_CONNECT_TIMEOUT_MS = 60_000;

/**
 * Opens the pool, and shows it in the metrics where there are any; connections are made on demand. Rows are checked everywhere but in production.
 */
export function openDatabase(config: DatabaseConfig & { readonly NODE_ENV: string }, metrics?: Metrics): Database {
  return open(config, { checkRows: config.NODE_ENV !== 'production' }, metrics);
}

/** One connection of its own for verifications: the pool gives up when a request would, long before a large ledger is read. */
export function openForVerification(config: DatabaseConfig): Database {
  return open(config, {
    checkRows: true,
    max: 1,
    connectionTimeoutMillis: VERIFICATION_CONNECT_TIMEOUT_MS,
    statement_timeout: VERIFICATION_QUERY_TIMEOUT_MS,
    query_timeout: VERIFICATION_QUERY_TIMEOUT_MS,
  });
}

function open(
  config: DatabaseConfig,
  {
    checkRows,
    ...limits
  }: {
    checkRows: boolean;
    max?: number;
    connectionTimeoutMillis?: number;
    statement_timeout?: number;
    query_timeout?: number;
  },
  metrics?: Metrics,
): Database {
  // Every statement is a lookup by key. On a table that was empty when it was last analysed the planner would rather
  // read all of it, and keep that plan while the table grows.
  const settings = ['enable_seqscan=off', 'jit=off'];
  const options = poolOptions(config, { application: 'turnpike-credits', role: 'turnpike_credits_service', settings });
  const adapter = watchedAdapter(new PrismaPg({ ...options, ...limits }), metrics);
  const client = new PrismaClient({ adapter, ...clientOptions(config) });
  return { ...databaseOf<Prisma.TransactionClient>(client, { checkRows }), client };
}
