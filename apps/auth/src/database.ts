import { PrismaPg } from '@prisma/adapter-pg';
import { poolOptions, sqlOf, transactionOptions, type DatabaseConfig, type SqlDatabase } from '@turnpike/service-kit';
import { PrismaClient } from './generated/prisma/client.ts';

export interface Database extends SqlDatabase {
  close(): Promise<void>;
}

/** Opens the pool; connections are made on demand. */
export function openDatabase(config: DatabaseConfig): Database {
  const adapter = new PrismaPg(poolOptions(config, { application: 'turnpike-auth', role: 'turnpike_auth_service' }));
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionOptions(config) });
  return { ...sqlOf(prisma), close: () => prisma.$disconnect() };
}
