import { Gauge } from '@prometheus-io/client';
import { z } from 'zod';
import type { Metrics } from '../process/metrics.ts';
import type { Query } from './sql.ts';

/** How far this process's wall clock may be from the database's before readiness tells it, in seconds. */
const SKEW_SECONDS_MAX = 30;
/** How often the database is asked for the time, in milliseconds. */
const REFRESH_MS = 15_000;
/** An answer that took longer tells the time too roughly to correct an earlier one, in milliseconds. */
const ROUND_TRIP_MS_MAX = 1_000;

/** Another machine's clock: what it said last, carried on by ours that never steps. Until it has said anything, our own. */
export class RemoteClock {
  #offsetMs = performance.timeOrigin;
  #told = false;

  /** Epoch milliseconds. */
  nowMs(): number {
    return performance.now() + this.#offsetMs;
  }

  /** The other clock showed `epochMs` at some moment between two readings of `performance.now()`. */
  learn(epochMs: number, sentAtMs: number, receivedAtMs: number): void {
    if (this.#told && receivedAtMs - sentAtMs > ROUND_TRIP_MS_MAX) return;
    this.#told = true;
    this.#offsetMs = epochMs - (sentAtMs + receivedAtMs) / 2;
  }

  /** How far our wall clock is ahead of the other one, in seconds. */
  get skewSeconds(): number {
    return (Date.now() - this.nowMs()) / 1_000;
  }

  /** Throws where our wall clock is too far off: what others judge by it (signatures, certificates) is about to fail. */
  check(): void {
    const seconds = this.skewSeconds;
    if (Math.abs(seconds) > SKEW_SECONDS_MAX) throw new Error(`the clock is off by ${seconds.toFixed(1)} s`);
  }
}

/** Shows how far a clock of ours is off, as `turnpike_clock_skew_seconds`. */
export function exposeClockSkew(clock: RemoteClock, { registry }: Metrics): void {
  new Gauge({
    name: 'turnpike_clock_skew_seconds',
    help: "How far this process's wall clock is ahead of the database's, in seconds.",
    registers: [registry],
    aggregator: 'average',
    collect() {
      this.set(clock.skewSeconds);
    },
  });
}

/** The one clock by which a service's times are written and judged, however many machines it runs on. */
export interface DatabaseClock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Asks the database. Rejects while it is down; then the time goes on from its last answer. */
  refresh(): Promise<void>;
  /** Rejects where this machine's own clock is too far off, for readiness. */
  check(): Promise<void>;
  close(): void;
}

const timed = z.tuple([z.object({ now: z.date() })]);

/** Follows the database's clock, and shows how far ours is off. */
export function watchDatabaseClock(query: Query, metrics: Metrics): DatabaseClock {
  const clock = new RemoteClock();
  exposeClockSkew(clock, metrics);

  async function refresh(): Promise<void> {
    const sentAtMs = performance.now();
    const [{ now }] = timed.parse(await query('SELECT clock_timestamp() AS now'));
    clock.learn(now.getTime(), sentAtMs, performance.now());
  }

  const timer = setInterval(() => void refresh().catch(() => {}), REFRESH_MS);
  timer.unref();
  return {
    nowMs: () => clock.nowMs(),
    refresh,
    async check() {
      await refresh();
      clock.check();
    },
    close: () => clearInterval(timer),
  };
}
