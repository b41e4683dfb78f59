import { Ledger, type HoldTools, Settlements } from '@turnpike/ledger-client';
import type { Route } from '../domain/route.ts';
import type { Foundation } from '../foundation.ts';
import { IdempotencyStore } from './idempotency-store.ts';
import { PriceCheck } from './price-check.ts';

/** What metered requests cost, and what becomes of it. */
export interface Charging {
  readonly ledger: Ledger;
  readonly prices: PriceCheck;
  readonly settlements: Settlements;
  readonly holds: HoldTools;
  readonly idempotency: IdempotencyStore;
}

/** Builds what charges. `routes`: those in force, whose operations need prices. */
export function createCharging(
  { config, logger, metrics, neighbours: { credits }, stores: { store, patientStore } }: Foundation,
  routes: () => readonly Route[],
): Charging {
  const ledger = new Ledger(credits);
  const settlements = new Settlements({
    service: 'edge',
    ledger,
    store,
    patientStore,
    logger,
    noteAfterMs: config.SETTLE_WAIT_MS,
    onOutcome: (outcome) => metrics.settlements.inc({ outcome }),
  });
  return {
    ledger,
    prices: new PriceCheck({ credits, routes, logger }),
    settlements,
    holds: {
      ledger,
      settlements,
      ttlSeconds: config.HOLD_TTL_SECONDS,
      logger,
      onOpen: () => metrics.holdsOpened.inc(),
      onResolve: (action) => metrics.holdsResolved.inc({ action }),
    },
    idempotency: new IdempotencyStore({
      store,
      leaseMs: config.HOLD_TTL_SECONDS * 1_000,
      bytesPerUserMax: config.IDEMPOTENCY_BYTES_PER_USER,
    }),
  };
}
