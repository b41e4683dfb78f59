import { fileURLToPath } from 'node:url';
import type { RunningApp } from './start-app.ts';
import { waitFor } from './wait-for.ts';

/** What the preloaded module writes when the clock has been stepped. */
export const STEPPED = 'the clock was stepped';

/**
 * Variables for `startApp` with which a service's wall clock is wrong by `offsetMs` and is stepped by `stepMs` at each `stepClock`. Its
 * monotonic clock goes on as if nothing were, as on a machine whose time is set.
 */
export function steppedClock({ offsetMs = 0, stepMs = 0 }: { offsetMs?: number; stepMs?: number }) {
  const module = fileURLToPath(new URL('stepped-clock-preload.ts', import.meta.url));
  return {
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${module}`,
    TEST_CLOCK_OFFSET_MS: String(offsetMs),
    TEST_CLOCK_STEP_MS: String(stepMs),
  };
}

/** Steps the clock of an app that was started with `steppedClock`, and waits until it has been. */
export async function stepClock(app: RunningApp): Promise<void> {
  const steps = (): number => app.logs().filter((line) => line.includes(STEPPED)).length;
  const before = steps();
  process.kill(app.pid, 'SIGUSR2');
  await waitFor(() => steps() > before);
}
