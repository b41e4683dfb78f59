import { Gauge } from '@prometheus-io/client';
import type { Metrics } from '../process/metrics.ts';

/** The part of `pg.Pool` that is measured. */
export interface MeasuredPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** Shows how busy the pool of connections is, which is there once something was asked; once per process. Read when metrics are scraped. */
export function exposePool(pool: () => MeasuredPool | undefined, { registry }: Metrics): void {
  new Gauge({
    name: 'turnpike_database_connections',
    help: 'Connections to PostgreSQL by state: in_use, idle. Those that may be open are turnpike_database_connections_max.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { totalCount = 0, idleCount = 0 } = pool() ?? {};
      this.set({ state: 'in_use' }, totalCount - idleCount);
      this.set({ state: 'idle' }, idleCount);
    },
  });
  new Gauge({
    name: 'turnpike_database_connections_max',
    help: 'Connections to PostgreSQL that this process may open.',
    registers: [registry],
    collect() {
      this.set(pool()?.options.max ?? 0);
    },
  });
  new Gauge({
    name: 'turnpike_database_waiting',
    help: 'Statements and transactions that wait for a connection to PostgreSQL.',
    registers: [registry],
    collect() {
      this.set(pool()?.waitingCount ?? 0);
    },
  });
}
