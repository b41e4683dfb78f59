import { PrismaPg } from '@prisma/adapter-pg';
import { poolOptions, sqlOf, transactionOptions, type DatabaseConfig, type SqlDatabase } from '@turnpike/service-kit';
import { PrismaClient } from '../generated/prisma/client.ts';

export interface Database {
  readonly prisma: PrismaClient;
  readonly sql: SqlDatabase;
  close(): Promise<void>;
}

/** Opens the pool; connections are made on demand. */
export function openDatabase(config: DatabaseConfig): Database {
  const adapter = new PrismaPg(
    poolOptions(config, { application: 'turnpike-example', role: 'turnpike_example_service' }),
  );
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionOptions(config) });
  return { prisma, sql: sqlOf(prisma), close: () => prisma.$disconnect() };
}
