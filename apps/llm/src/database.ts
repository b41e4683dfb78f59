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
import { PrismaClient, type Prisma } from './generated/prisma/client.ts';

/** What stores work with: the database, or a transaction that is open. */
export type Db = DbOf<Prisma.TransactionClient>;
/** The service's database. */
export type Database = DatabaseOf<Prisma.TransactionClient>;

/** Opens the pool, and shows it in the metrics where there are any; connections are made on demand. */
export function openDatabase(config: DatabaseConfig & { readonly NODE_ENV: string }, metrics?: Metrics): Database {
  const adapter = watchedAdapter(
    new PrismaPg(poolOptions(config, { application: 'turnpike-llm', role: 'turnpike_llm_service' })),
    metrics,
  );
  const prisma = new PrismaClient({ adapter, ...clientOptions(config) });
  return databaseOf<Prisma.TransactionClient>(prisma, { checkRows: config.NODE_ENV !== 'production' });
}
