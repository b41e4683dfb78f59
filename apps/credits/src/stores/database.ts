import { PrismaPg } from '@prisma/adapter-pg';
import { serviceDatabaseUrl, sqlOf, type SqlDatabase } from '@turnpike/service-kit';
import { PrismaClient } from '../generated/prisma/client.ts';

/** Role with the least privileges this service needs; made by its migration. It can write a transfer, not change one. */
const ROLE = 'turnpike_credits_service';

export interface Database {
  readonly prisma: PrismaClient;
  readonly sql: SqlDatabase;
  close(): Promise<void>;
}

export interface DatabaseConfig {
  readonly DATABASE_URL: string;
  readonly DATABASE_NAME: string;
  readonly DATABASE_POOL_MAX: number;
  readonly DATABASE_TIMEOUT_MS: number;
}

/** Opens the pool; connections are made on demand. */
export function openDatabase(config: DatabaseConfig): Database {
  const adapter = new PrismaPg({
    connectionString: serviceDatabaseUrl(config.DATABASE_URL, config.DATABASE_NAME),
    // Every statement is a look-up by key. On a table that was empty when it was last analysed the planner would rather read all of it, and
    // keep that plan while the table grows.
    options: `-c role=${ROLE} -c enable_seqscan=off -c jit=off`,
    application_name: 'turnpike-credits',
    max: config.DATABASE_POOL_MAX,
    connectionTimeoutMillis: config.DATABASE_TIMEOUT_MS,
    statement_timeout: config.DATABASE_TIMEOUT_MS,
    // A server that has gone silent never enforces its own limit.
    query_timeout: config.DATABASE_TIMEOUT_MS + 1_000,
  });
  const prisma = new PrismaClient({ adapter });
  return { prisma, sql: sqlOf(prisma), close: () => prisma.$disconnect() };
}
