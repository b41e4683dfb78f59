import { runBatches, type Logger } from '@turnpike/service-kit';
import { retryUndone } from '../ledger/retry.ts';
import type { MaintenanceStore } from '../stores/maintenance-store.ts';
import type { VerificationStore } from '../stores/verification-store.ts';
import { beginVerification } from './verification.ts';

/** One kind of maintenance. Running it twice at once, or once too often, does nothing twice: the database decides what is due. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Ends when nothing more is due, or between two batches once `signal` fires. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

export interface JobSettings {
  readonly SWEEP_HOLDS_MS: number;
  readonly SWEEP_GRANTS_MS: number;
  readonly RENEW_MS: number;
  readonly VERIFY_MS: number;
}

export interface JobTools {
  readonly maintenance: MaintenanceStore;
  readonly verification: VerificationStore;
  /** Removes what has served its time. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
  /** Does what time brings to subscriptions; returns how many were due. */
  readonly sweepSubscriptions: () => Promise<number>;
  /** Asks payment providers what lost events would have told. */
  readonly reconcile: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** Rows that one transaction takes, and the accounts it keeps others waiting for meanwhile. */
const BATCH_MAX = 100;
/** Periods of one allowance that one transaction grants. */
const PERIODS_MAX = 24;
/** How often payment providers are asked, in milliseconds. */
const RECONCILE_MS = 86_400_000;
const RETENTION_MS = 10 * 60_000;

/** Every kind of maintenance with its period. The outbox has a relay of its own. */
export function jobTable(
  settings: JobSettings,
  { maintenance, verification, sweep, sweepSubscriptions, reconcile, logger }: JobTools,
): readonly Job[] {
  const batches = (batch: () => Promise<number>) => (signal: AbortSignal) =>
    runBatches(() => retryUndone(batch), signal);
  return [
    { name: 'expire-holds', everyMs: settings.SWEEP_HOLDS_MS, run: batches(() => maintenance.expireHolds(BATCH_MAX)) },
    {
      name: 'expire-grants',
      everyMs: settings.SWEEP_GRANTS_MS,
      run: batches(() => maintenance.expireGrants(BATCH_MAX)),
    },
    { name: 'move-debts', everyMs: settings.SWEEP_HOLDS_MS, run: batches(() => maintenance.moveDebts()) },
    {
      name: 'renew-allowances',
      everyMs: settings.RENEW_MS,
      run: batches(() => maintenance.renew(BATCH_MAX, PERIODS_MAX)),
    },
    { name: 'subscriptions', everyMs: settings.RENEW_MS, run: batches(sweepSubscriptions) },
    { name: 'reconcile-payments', everyMs: RECONCILE_MS, run: reconcile },
    { name: 'retention', everyMs: RETENTION_MS, run: sweep },
    {
      name: 'verify',
      everyMs: settings.VERIFY_MS,
      async run(signal) {
        const run = { store: verification, sweepMs: settings.SWEEP_HOLDS_MS, logger, signal };
        await (
          await beginVerification(run)
        )?.done;
      },
    },
  ];
}
