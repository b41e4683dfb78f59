import type { Context } from '../context.ts';

/** Starts the work that goes on beside requests. */
export function startJobs({ finisher }: Context): { close(): Promise<void> } {
  finisher.start();
  return { close: () => finisher.close() };
}
