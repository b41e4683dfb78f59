import { Tiers } from '../domain/tiers.ts';
import type { Foundation } from '../foundation.ts';
import { Attempts } from './attempts.ts';
import { EdgeCount } from './edge-count.ts';
import { Limiter } from './limiter.ts';
import { Plans } from './plans.ts';

/** How often anybody may call. */
export interface Limits {
  readonly plans: Plans;
  /** Attempts with credentials that nobody has vouched for yet. */
  readonly attempts: Attempts;
  readonly limiter: Limiter;
}

/** Builds the limits, which all edges on one store share. `stop` ends this edge's part in them. */
export function createLimits({ config, logger, metrics, stores, monotonicMs, now }: Foundation): {
  readonly limits: Limits;
  readonly stop: () => void;
} {
  const tiers = new Tiers(config.RATE_LIMIT_TIERS, (tier) =>
    logger.error({ tier }, 'users have a tier that RATE_LIMIT_TIERS does not name; they are limited as free'),
  );
  const edgeCount = new EdgeCount(stores.store);
  const limiter = new Limiter({
    store: stores.store,
    cluster: config.REDIS_CLUSTER,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    edges: () => edgeCount.edges,
    monotonicMs,
    now,
    onBatch(_requests, outcome, err) {
      metrics.limitBatches.inc({ outcome });
      if (err !== undefined) logger.warn({ err }, 'rate limits are decided by this edge alone');
    },
  });
  const limits = { plans: new Plans(tiers, monotonicMs), attempts: new Attempts(), limiter };
  return { limits, stop: () => edgeCount.stop() };
}
