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

/** What stores work with: the database, or an open transaction of it. */
export type Db = DbOf<Prisma.TransactionClient>;
export type Database = DatabaseOf<Prisma.TransactionClient>;

type Config = DatabaseConfig & { readonly NODE_ENV: string };

/** Opens the pool, and shows it in the metrics where there are any; connections are made on demand. */
export function openDatabase(config: Config, metrics?: Metrics): Database {
  return open(config, clientOptions(config), metrics);
}

/** Longest time that a timer can be set to, in milliseconds: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** One connection, for a transaction that stays open for as long as a command works. */
export function openForLock(config: Config): Database {
  return open({ ...config, DATABASE_POOL_MAX: 1 }, clientOptions(config, LONGEST_MS));
}

function open(config: Config, options: ReturnType<typeof clientOptions>, metrics?: Metrics): Database {
  // Days and hours are those of UTC, whatever the server thinks.
  const settings = ['timezone=UTC', 'jit=off'];
  const adapter = watchedAdapter(
    new PrismaPg(poolOptions(config, { application: 'turnpike-usage', role: 'turnpike_usage_service', settings })),
    metrics,
  );
  const prisma = new PrismaClient({ adapter, ...options });
  return databaseOf<Prisma.TransactionClient>(prisma, { checkRows: config.NODE_ENV !== 'production' });
}
