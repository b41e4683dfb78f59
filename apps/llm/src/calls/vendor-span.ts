import { isTracing, startSpan, type Span } from '@turnpike/service-kit';
import type { Call, ReadRequest } from './call.ts';
import type { Ended } from './ended.ts';

/** Opens the span of the call at the vendor, where the trace is recorded. The vendor is told nothing of it. */
export function startVendorSpan(
  { provider, operation, request, traceparent }: Call,
  { model }: ReadRequest,
): Span | undefined {
  if (!isTracing()) return undefined;
  return startSpan('upstream', 'client', traceparent, {
    'http.request.method': request.method ?? '',
    'turnpike.provider': provider,
    'turnpike.endpoint': operation.endpoint,
    ...(model === undefined ? {} : { 'turnpike.model': model }),
  });
}

/** Ends it with what came of the call. */
export function endVendorSpan(span: Span, { status, latencyMs, verdict, upstreamRequestId }: Ended): void {
  if (status !== undefined) span.set('http.response.status_code', status);
  if (latencyMs !== undefined) span.set('turnpike.answer_begins_ms', Math.round(latencyMs));
  if (upstreamRequestId !== undefined) span.set('turnpike.upstream_request_id', upstreamRequestId);
  span.end(verdict === 'failed' ? String(status ?? 'no_answer') : undefined);
}
