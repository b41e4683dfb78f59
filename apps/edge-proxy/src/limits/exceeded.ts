import { AppError } from '@turnpike/service-kit';
import { retryAfterSeconds, tightest, type Decision } from '../domain/windows.ts';

const NAMED_LENGTHS: Readonly<Record<number, string>> = { 60_000: 'minute', 86_400_000: 'day' };

/** The 429 of a caller that has as much under way as it may, and would wait too long for some of it to end. */
export function tooManyAtOnce(max: number, cause: Error): AppError {
  return new AppError('rate_limit.exceeded', {
    detail: `At most ${max} of your requests and streams may be under way here at a time.`,
    headers: { 'Retry-After': '1' },
    cause,
  });
}

/** The 429 of a refused decision, naming the window that is exhausted. */
export function exceeded(decision: Decision, detail?: string): AppError {
  const window = tightest(decision.states)?.window;
  const length = window === undefined ? '' : (NAMED_LENGTHS[window.lengthMs] ?? `${window.lengthMs / 1_000} seconds`);
  return new AppError('rate_limit.exceeded', {
    detail: detail ?? `Rate limit exceeded: ${window?.limit} requests per ${length}.`,
    headers: { 'Retry-After': String(retryAfterSeconds(decision)) },
  });
}
