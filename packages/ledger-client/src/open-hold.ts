import { AppError, isTracing, startSpan, withSpan } from '@turnpike/service-kit';
import { Hold, type HoldPurpose, type HoldTools } from './hold.ts';
import type { ReserveRequest } from './ledger.ts';
import type { Settlement } from './settlement.ts';

/**
 * Holds credits for one call. Where credits does not answer it may have held them all the same, for nobody: they are given back in the background.
 * Throws what `Ledger.reserve` throws.
 */
export async function openHold(
  request: Omit<ReserveRequest, 'ttlSeconds'>,
  purpose: HoldPurpose,
  tools: HoldTools,
): Promise<Hold> {
  const { ledger, settlements, ttlSeconds } = tools;
  const { cause } = purpose;
  const span = isTracing() ? startSpan('reserve', 'internal', cause.traceparent) : undefined;
  const within = span === undefined ? cause : { ...cause, traceparent: span.traceparent };
  try {
    const reserved = await withSpan(span, () => ledger.reserve({ ...request, ttlSeconds }, within));
    return new Hold(reserved, purpose, tools);
  } catch (error) {
    if (error instanceof AppError && error.code === 'service.unavailable')
      void settlements.resolve({
        ...purpose,
        id: request.key,
        resolution: { action: 'release' },
        unanswered: reserveOf(request, ttlSeconds),
      });
    throw error;
  }
}

/** What has to be asked again before the hold is given back, as it may be another attempt's. */
function reserveOf(
  { attempt, what }: Omit<ReserveRequest, 'ttlSeconds'>,
  ttlSeconds: number,
): Settlement['unanswered'] {
  return attempt === undefined || !('operation' in what)
    ? undefined
    : { operation: what.operation, attempt, ttlSeconds };
}
