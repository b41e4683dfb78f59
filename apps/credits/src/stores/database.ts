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
  // Every statement is a look-up by key. On a table that was empty when it was last analysed the planner would rather read all of it, and
  // keep that plan while the table grows.
  const settings = ['enable_seqscan=off', 'jit=off'];
  const adapter = new PrismaPg(poolOptions(config, { application: 'turnpike-credits', role: 'turnpike_credits_service', settings }));
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionOptions(config) });
  return { prisma, sql: sqlOf(prisma), close: () => prisma.$disconnect() };
}
