import type { Logger, Query } from '@turnpike/service-kit';

/** How long delivered events are kept, in days. */
const EVENT_KEPT_DAYS = 7;
/** How often what has served its time is removed, in milliseconds. */
const SWEEP_MS = 3_600_000;

/** Removes delivered events now and every hour. Safe to run in several processes at once. */
export function startSweep(query: Query, logger: Logger): { close(): Promise<void> } {
  let sweeping: Promise<void> = sweep();
  const timer = setInterval(() => {
    sweeping = sweep();
  }, SWEEP_MS);

  async function sweep(): Promise<void> {
    try {
      await query("DELETE FROM outbox WHERE delivered_at < now() - $1::int * interval '1 day'", EVENT_KEPT_DAYS);
    } catch (err) {
      logger.warn({ err }, 'sweep failed; it will be tried again');
    }
  }

  return {
    async close() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
