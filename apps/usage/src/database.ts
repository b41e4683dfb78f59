import { PrismaPg } from '@prisma/adapter-pg';
import {
  databaseOf,
  poolOptions,
  transactionOptions,
  watchedAdapter,
  type Database as DatabaseOf,
  type DatabaseConfig,
  type Metrics,
} from '@turnpike/service-kit';
import { PrismaClient, type Prisma } from './generated/prisma/client.ts';

/** What stores work with. */
export type Database = DatabaseOf<Prisma.TransactionClient>;

/** Opens the pool, and shows it in the metrics where there are any; connections are made on demand. */
export function openDatabase(config: DatabaseConfig & { readonly NODE_ENV: string }, metrics?: Metrics): Database {
  // Days and hours are those of UTC, whatever the server thinks.
  const settings = ['timezone=UTC', 'jit=off'];
  const adapter = watchedAdapter(
    new PrismaPg(poolOptions(config, { application: 'turnpike-usage', role: 'turnpike_usage_service', settings })),
    metrics,
  );
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionOptions(config) });
  return databaseOf<Prisma.TransactionClient>(prisma, { checkRows: config.NODE_ENV !== 'production' });
}
