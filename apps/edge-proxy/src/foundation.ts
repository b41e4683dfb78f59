import { exposeClockSkew, exposeRedis, RemoteClock, type Logger, type Metrics } from '@turnpike/service-kit';
import type { EdgeConfig } from './config.ts';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.ts';
import { connectNeighbours, type Neighbours } from './neighbours/connect.ts';
import { openStores, type Stores } from './stores/redis.ts';

/** What all parts of the edge are built on. */
export interface Foundation {
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
  readonly stores: Stores;
  readonly neighbours: Neighbours;
  /** The clock by which auth writes the times in tokens. */
  readonly clock: RemoteClock;
  /** Milliseconds of a clock that never steps: for ages, order and pauses. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. Of a clock that does not step either, but is set. */
  readonly now: () => number;
}

/** Opens the connections that the parts share, in the background. */
export function createFoundation(config: EdgeConfig, logger: Logger, metrics: Metrics): Foundation {
  const clock = new RemoteClock();
  exposeClockSkew(clock, metrics);
  const stores = openStores({ url: config.REDIS_URL, cluster: config.REDIS_CLUSTER, logger });
  exposeRedis(stores.store, metrics);
  return {
    config,
    logger,
    metrics: createEdgeMetrics(metrics),
    stores,
    neighbours: connectNeighbours(config),
    clock,
    monotonicMs: () => performance.now(),
    now: () => clock.nowMs(),
  };
}
