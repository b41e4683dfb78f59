import { PrismaPg } from '@prisma/adapter-pg';
import {
  clientOptions,
  databaseOf,
  poolOptions,
  watchedAdapter,
  type Database as DatabaseOf,
  type DatabaseConfig,
  type Metrics,
} from '@turnpike/service-kit';
import { PrismaClient, type Prisma } from './generated/prisma/client.ts';

export type Database = DatabaseOf<Prisma.TransactionClient>;

/** Opens the pool, and shows it in the metrics where there are any; connections are made on demand. */
export function openDatabase(config: DatabaseConfig & { readonly NODE_ENV: string }, metrics?: Metrics): Database {
  const adapter = watchedAdapter(
    new PrismaPg(poolOptions(config, { application: 'turnpike-example', role: 'turnpike_example_service' })),
    metrics,
  );
  const prisma = new PrismaClient({ adapter, ...clientOptions(config) });
  return databaseOf<Prisma.TransactionClient>(prisma, { checkRows: config.NODE_ENV !== 'production' });
}
