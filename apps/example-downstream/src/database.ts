import { PrismaPg } from '@prisma/adapter-pg';
import {
  databaseOf,
  poolOptions,
  transactionOptions,
  watchedAdapter,
  type Database as DatabaseOf,
  type DatabaseConfig,
} from '@turnpike/service-kit';
import { PrismaClient, type Prisma } from './generated/prisma/client.ts';

export type Database = DatabaseOf<Prisma.TransactionClient>;

/** Opens the pool; connections are made on demand. */
export function openDatabase(config: DatabaseConfig & { readonly NODE_ENV: string }): Database {
  const adapter = watchedAdapter(
    new PrismaPg(poolOptions(config, { application: 'turnpike-example', role: 'turnpike_example_service' })),
  );
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionOptions(config) });
  return databaseOf<Prisma.TransactionClient>(prisma, { checkRows: config.NODE_ENV !== 'production' });
}
