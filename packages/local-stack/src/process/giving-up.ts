import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress.ts';

/** How long the running step may go on after a request to stop, in milliseconds. */
const LAST_STEP_MS_MAX = 5_000;

/** The result, unless the signal is aborted and the work does not end by itself soon: then an `AbortError`. */
export async function untilGivenUp<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const done = new AbortController();
  const givenUp = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort', { signal: done.signal });
    await sleep(LAST_STEP_MS_MAX, undefined, { signal: done.signal });
    throw signal.reason;
  };
  try {
    return await Promise.race([work, givenUp()]);
  } finally {
    done.abort();
    // It has been given up, and its end is nobody's business any more.
    work.catch(() => undefined);
  }
}

/** Every step looks whether it is still wanted before it begins. */
export function abortable(progress: Progress, signal: AbortSignal | undefined): Progress {
  return {
    ...progress,
    step: async (name, run) => {
      signal?.throwIfAborted();
      return await progress.step(name, run);
    },
  };
}
