import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess, ProcessExit } from './managed-process.ts';

/** The first restart is nearly immediate; each further one waits twice as long, up to the last. */
const FIRST_DELAY_MS = 100;
const DELAY_MS_MAX = 10_000;
/** After this long without dying, a process counts as well again. */
const HEALTHY_AFTER_MS = 30_000;

/** What can be said about a supervised process. */
export type SupervisionEvent =
  | { kind: 'died'; exit: ProcessExit; restartInMs: number }
  | { kind: 'restarted' }
  | { kind: 'restart-failed'; error: unknown; restartInMs: number };

/** A process that is started again whenever it ends by itself. */
export interface Supervised {
  readonly name: string;
  /** Id of the process that runs now; undefined between two runs. */
  readonly pid: () => number | undefined;
  /** Ends it for good. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a process and keeps it running until `stop`.
 *
 * @param start starts it and resolves when it is ready for work; the first failure is thrown to the caller
 */
export async function supervise(
  name: string,
  start: () => Promise<ManagedProcess>,
  onEvent: (event: SupervisionEvent) => void,
): Promise<Supervised> {
  const stopping = new AbortController();
  let current = await start();
  let starting: Promise<ManagedProcess> | undefined;

  const keepRunning = async (): Promise<void> => {
    let delayMs = FIRST_DELAY_MS;
    let startedAt = Date.now();
    for (;;) {
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) delayMs = FIRST_DELAY_MS;
      onEvent({ kind: 'died', exit, restartInMs: delayMs });
      for (;;) {
        if (!(await pause(delayMs, stopping.signal))) return;
        delayMs = Math.min(delayMs * 2, DELAY_MS_MAX);
        startedAt = Date.now();
        try {
          starting = start();
          current = await starting;
          break;
        } catch (error) {
          if (stopping.signal.aborted) return;
          onEvent({ kind: 'restart-failed', error, restartInMs: delayMs });
        } finally {
          starting = undefined;
        }
      }
      if (stopping.signal.aborted) return;
      onEvent({ kind: 'restarted' });
    }
  };
  const done = keepRunning();

  return {
    name,
    pid: () => (current.isRunning() ? current.pid : undefined),
    stop: async () => {
      stopping.abort();
      // A restart under way is let through first, so that what it starts is not left behind.
      await starting?.catch(() => undefined);
      await current.stop();
      await done;
    },
  };
}

async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(delayMs, true, { signal }).catch(() => false);
}
