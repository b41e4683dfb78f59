import { AppError } from '@turnpike/service-kit';
import { retryAfterSeconds, tightest, type Decision } from '../domain/windows.ts';

const NAMED_LENGTHS: Readonly<Record<number, string>> = { 60_000: 'minute', 86_400_000: 'day' };

/** The 429 of a refused decision, naming the window that is exhausted. */
export function exceeded(decision: Decision, detail?: string): AppError {
  const window = tightest(decision.states)?.window;
  const length = window === undefined ? '' : (NAMED_LENGTHS[window.lengthMs] ?? `${window.lengthMs / 1_000} seconds`);
  return new AppError('rate_limit.exceeded', {
    detail: detail ?? `Rate limit exceeded: ${window?.limit} requests per ${length}.`,
    headers: { 'Retry-After': String(retryAfterSeconds(decision)) },
  });
}
