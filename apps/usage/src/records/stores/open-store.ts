import type { Config } from '../../config.ts';
import type { Database } from '../../database.ts';
import type { UsageStore } from '../usage-store.ts';
import { createClickHouseStore } from './clickhouse/clickhouse-store.ts';
import { openClickHouse } from './clickhouse/clickhouse.ts';
import { createPostgresStore } from './postgres-store.ts';

/** The store that the settings name. Connections are made on demand. */
export function openStore(
  config: Pick<Config, 'USAGE_STORE_URL' | 'DATABASE_TIMEOUT_MS'>,
  database: Database,
): UsageStore {
  const postgres = createPostgresStore(database);
  if (config.USAGE_STORE_URL === 'postgres') return postgres;
  const clickHouse = openClickHouse({ url: config.USAGE_STORE_URL, timeoutMs: config.DATABASE_TIMEOUT_MS });
  return createClickHouseStore(clickHouse, database, postgres);
}
