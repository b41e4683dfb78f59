import { Gauge, Histogram } from '@prometheus-io/client';
import type { Logger, Metrics } from '@turnpike/service-kit';
import type { BatchObserver } from '../ledger/ledger.ts';
import type { MaintenanceStore } from '../stores/maintenance-store.ts';

/**
 * Registers what an operator watches, read from the database at each scrape, so that every process tells the same.
 * Alert on `turnpike_ledger_invariant_violations > 0`, on `turnpike_ledger_job_lag_seconds` of several periods, and on
 * `time() - turnpike_ledger_last_verified_timestamp_seconds`.
 */
export function exposeLedgerState(maintenance: MaintenanceStore, metrics: Metrics, logger: Logger): void {
  const registers = [metrics.registry];
  /** A database that is down must not take the other metrics with it. */
  const reading = (read: () => Promise<void>) => async (): Promise<void> => {
    try {
      await read();
    } catch (err) {
      logger.debug({ err }, 'ledger metrics could not be read');
    }
  };
  const lag = new Gauge({
    name: 'turnpike_ledger_job_lag_seconds',
    help: 'How far behind the clock each kind of due work is.',
    labelNames: ['job'],
    registers,
    collect: reading(async () => {
      for (const { job, seconds } of await maintenance.lag()) lag.set({ job }, seconds);
    }),
  });
  const verified = new Gauge({
    name: 'turnpike_ledger_last_verified_timestamp_seconds',
    help: 'When the invariant that was verified longest ago was verified, in Unix seconds.',
    registers,
  });
  const violations = new Gauge({
    name: 'turnpike_ledger_invariant_violations',
    help: 'Violations that the last scheduled verification found, by invariant. Anything above 0 needs a person.',
    labelNames: ['invariant'],
    registers,
    collect: reading(async () => {
      const found = await maintenance.verifications();
      for (const finding of found) violations.set({ invariant: finding.invariant }, Number(finding.violations));
      if (found.length > 0) verified.set(Math.min(...found.map((finding) => finding.checkedAt.getTime())) / 1_000);
    }),
  });
}

/** Counts the statements of holds and settlements and how many calls each carried. */
export function observeBatches(metrics: Metrics): BatchObserver {
  const registers = [metrics.registry];
  const size = new Histogram({
    name: 'turnpike_ledger_batch_calls',
    help: 'Calls put together into one statement.',
    labelNames: ['kind'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  });
  const debts = new Histogram({
    name: 'turnpike_ledger_debt_incurred_credits',
    help: 'Settlements that made debt, by how much.',
    buckets: [1, 10, 100, 1_000, 10_000],
    registers,
  });
  return { batch: (kind, calls) => size.observe({ kind }, calls), debt: (credits) => debts.observe(credits) };
}
