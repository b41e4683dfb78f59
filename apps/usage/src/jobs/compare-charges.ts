import { Gauge } from '@prometheus-io/client';
import { chargesOfDay } from '@turnpike/contracts';
import type { Metrics } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const DAY_MS = 86_400_000;
/** Days that are compared: today and yesterday, whose last charges may have come late. */
const DAYS = 2;
const MICRO_PER_CREDIT = 1_000_000;

/**
 * Returns the job that compares what records say was charged with the ledger, day by day (UTC). Nothing is ever charged by records: a difference tells of
 * records that were lost, or of charges that passed no edge.
 */
export function createComparison({ credits, database, store }: Context, metrics: Metrics): () => Promise<void> {
  const drift = new Gauge({
    name: 'turnpike_usage_charge_drift_credits',
    help: 'Credits that the records of today and yesterday (UTC) say were charged, less what the ledger charged for calls.',
    registers: [metrics.registry],
  });
  return async () => {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    let difference = 0n;
    for (let back = 0; back < DAYS; back += 1) {
      const day = new Date(today - back * DAY_MS);
      const ledger = await credits.call(chargesOfDay, { query: { day: day.toISOString().slice(0, 10) } });
      const ledgerMicro = BigInt(ledger.charged_micro);
      const recordsMicro = await store.chargedOn(day);
      await database.prisma.chargeComparison.upsert({
        where: { day },
        create: { day, recordsMicro, ledgerMicro },
        update: { recordsMicro, ledgerMicro, comparedAt: new Date() },
      });
      difference += recordsMicro - ledgerMicro;
    }
    drift.set(Number(difference) / MICRO_PER_CREDIT);
  };
}
