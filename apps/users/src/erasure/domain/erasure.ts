import { z } from 'zod';
import { backOffMs } from '@turnpike/service-kit';

/** Who asked for an erasure. */
export const erasureRequester = z.enum(['user', 'operator']);
export type ErasureRequester = z.output<typeof erasureRequester>;

/**
 * A place that must erase: one of our services, a backend by its webhook, or Redis. `users` is not among them, since
 * what it holds goes in the transaction that records the request.
 */
export const erasureTarget = z.union([
  z.enum(['auth', 'credits', 'usage', 'llm', 'redis']),
  z.templateLiteral(['backend:', z.string()]),
]);
export type ErasureTarget = z.output<typeof erasureTarget>;

/** One step as it is stored when an erasure begins. */
export interface PlannedStep {
  readonly target: ErasureTarget;
  readonly phase: number;
}

/**
 * The steps of an erasure. Services and backends first, in any order; Redis after them, since until they are through they may still put
 * something there.
 */
export function planErasure(backends: readonly string[]): PlannedStep[] {
  const ours = ['auth', 'credits', 'usage', 'llm'] as const;
  const targets: ErasureTarget[] = [...ours, ...backends.map((name) => `backend:${name}` as const)];
  return [...targets.map((target) => ({ target, phase: 1 })), { target: 'redis', phase: 2 }];
}

/** First and longest pause before a failed step is tried again, in milliseconds. */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5 * 60_000;

/** How long to wait after the given number of failed attempts, in milliseconds. A step is never given up. */
export function retryDelayMs(attempts: number): number {
  return backOffMs(attempts, RETRY_MS_MIN, RETRY_MS_MAX);
}
