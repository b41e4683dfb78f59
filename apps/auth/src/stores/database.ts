import { PrismaPg } from '@prisma/adapter-pg';
import { serviceDatabaseUrl, sqlOf, type SqlDatabase } from '@turnpike/service-kit';
import { PrismaClient } from '../generated/prisma/client.ts';

/** Role with the least privileges this service needs; made by its migration. */
const ROLE = 'turnpike_auth_service';

export interface Database extends SqlDatabase {
  close(): Promise<void>;
}

interface DatabaseConfig {
  readonly DATABASE_URL: string;
  readonly DATABASE_NAME: string;
  readonly DATABASE_POOL_MAX: number;
  readonly DATABASE_TIMEOUT_MS: number;
}

/** Opens the pool; connections are made on demand. */
export function openDatabase(config: DatabaseConfig): Database {
  const adapter = new PrismaPg({
    connectionString: serviceDatabaseUrl(config.DATABASE_URL, config.DATABASE_NAME),
    options: `-c role=${ROLE}`,
    application_name: 'turnpike-auth',
    max: config.DATABASE_POOL_MAX,
    connectionTimeoutMillis: config.DATABASE_TIMEOUT_MS,
    statement_timeout: config.DATABASE_TIMEOUT_MS,
    // The server cancels a slow statement; this is for a server that has fallen silent.
    query_timeout: config.DATABASE_TIMEOUT_MS + 1_000,
  });
  // Prisma's own limits (2 s for a connection, 5 s for all) would turn a burst into errors before the pool does.
  const transactionOptions = { maxWait: config.DATABASE_TIMEOUT_MS, timeout: 2 * config.DATABASE_TIMEOUT_MS };
  const prisma = new PrismaClient({ adapter, transactionOptions });
  return { ...sqlOf(prisma), close: () => prisma.$disconnect() };
}
