import { backOffMs } from './back-off.ts';
import type { Logger } from './logger.ts';

/** A running poll loop. */
export interface PollLoop {
  /** Polls at once, or once more where a round is under way. */
  kick(): void;
  /** Ends after the round under way. */
  close(): Promise<void>;
}

export interface PollOptions {
  /** For the log. */
  readonly name: string;
  /** Pause after a round that found nothing more to do, in milliseconds. */
  readonly everyMs: number;
  /** Longest pause after failures in a row, in milliseconds; the first is `everyMs`, and so is the longest unless told. */
  readonly retryMsMax?: number;
  readonly logger: Logger;
  /** True when there may be more to do at once. `signal` fires when the loop is closed. */
  readonly round: (signal: AbortSignal) => Promise<boolean>;
}

/** Runs `round` again and again, one at a time, from now on. A round that fails is logged (the first of a series) and tried again. */
export function startPollLoop({ name, everyMs, retryMsMax = everyMs, logger, round }: PollOptions): PollLoop {
  const closing = new AbortController();
  let kicked = false;
  let wake: (() => void) | undefined;
  let failures = 0;

  async function attempt(): Promise<boolean> {
    try {
      const more = await round(closing.signal);
      failures = 0;
      return more;
    } catch (err) {
      failures += 1;
      if (failures === 1 && !closing.signal.aborted) logger.warn({ err }, `${name} is waiting`);
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      kicked = false;
      const more = await attempt();
      if (more || kicked || closing.signal.aborted) continue;
      await pause(failures === 0 ? everyMs : backOffMs(failures, everyMs, retryMsMax));
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    kick() {
      kicked = true;
      wake?.();
    },
    async close() {
      closing.abort();
      wake?.();
      await running;
    },
  };
}
