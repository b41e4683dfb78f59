import { startClickHouse, type OwnStore } from '@turnpike/test-kit';
import { startUsage, type Usage } from './start-usage.ts';

type Settings = Readonly<Record<string, string>>;

/** A usage service over one of the stores, and the engine of its own that the store has, if any. */
export interface UsageOverStore extends Usage {
  readonly engine: OwnStore | undefined;
  /** Every record and sum, as text. */
  everything(): Promise<string>;
}

/** Tables of what waits, in the service's own database whatever the store is. */
const BESIDE = ['unmatched_call', 'unmatched_record', 'pending_completion', 'pending_erasure'];

interface Store {
  readonly name: string;
  readonly start: (env?: Settings) => Promise<UsageOverStore>;
}

const POSTGRES: Store = {
  name: 'PostgreSQL',
  async start(env) {
    const usage = await startUsage(env);
    const tables = ['request_record', 'usage_rollup', ...BESIDE];
    return {
      ...usage,
      engine: undefined,
      everything: async () =>
        JSON.stringify(await Promise.all(tables.map((name) => usage.rows(`SELECT * FROM ${name}`)))),
    };
  },
};

export const CLICKHOUSE: Store = {
  name: 'ClickHouse',
  async start(env) {
    const engine = await startClickHouse();
    const usage = await startUsage({ USAGE_STORE_URL: engine.url, ...env });
    const all = async (table: string): Promise<string> => {
      const query = encodeURIComponent(`SELECT * FROM turnpike.${table} FORMAT JSONEachRow`);
      const response = await fetch(`${engine.url}/?query=${query}`);
      if (!response.ok) throw new Error(await response.text());
      return response.text();
    };
    return {
      ...usage,
      engine,
      async everything() {
        const beside = BESIDE.map(async (name) => JSON.stringify(await usage.rows(`SELECT * FROM ${name}`)));
        return (await Promise.all([...['request_record', 'usage_minute', 'usage_sums'].map(all), ...beside])).join(
          '\n',
        );
      },
      async stop() {
        await usage.stop();
        await engine.dispose();
      },
    };
  },
};

/** The stores of request records. Whatever one of them promises, the other does. */
export const STORES: readonly Store[] = [POSTGRES, CLICKHOUSE];
