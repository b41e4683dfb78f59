import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait, and how often to probe. */
export interface WaitOptions {
  /** Default 120 s: only a failure waits that long, and a busy machine may take its time. */
  readonly timeoutMs?: number;
  /** Default 20 ms. */
  readonly intervalMs?: number;
}

/**
 * Calls `probe` until it returns a truthy value, and returns that. A probe that throws is tried again, so expectations
 * can be written in it; when the time is up, its last error is thrown.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 120_000, intervalMs = 20 }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await probe();
      if (value) return value;
      failure = new Error(`Nothing truthy within ${timeoutMs} ms`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() > giveUpAt) throw failure;
    await sleep(intervalMs);
  }
}
