import type { IncomingMessage } from 'node:http';
import { isTraceparent } from '../tracing/traceparent.ts';
import { isTracing, startServerSpan, type Span } from '../tracing/tracing.ts';

/** A request's place in its trace. */
export interface RequestTrace {
  /** Trace context for the calls this request causes; the caller's own when tracing is off. */
  readonly traceparent: string | undefined;
  readonly span: Span | undefined;
}

/** Opens the span of a request, continuing the caller's trace. `startedMs` is of `performance.now()`. */
export function openRequestSpan(
  service: string,
  { headers, method }: IncomingMessage,
  startedMs: number,
): RequestTrace {
  const header = headers['traceparent'];
  const received = isTraceparent(header) ? header : undefined;
  if (!isTracing()) return { traceparent: received, span: undefined };
  const span = startServerSpan({ scope: service, name: method ?? '', parent: received, startedMs });
  return { traceparent: span.traceparent, span };
}

/** Ends it with what is known of the request now. `route` is the pattern of its path. */
export function endRequestSpan(
  span: Span,
  {
    method = '',
    route,
    status,
    requestId,
  }: { method: string | undefined; route: string | undefined; status: number; requestId: string },
): void {
  if (route !== undefined) {
    span.rename(`${method} ${route}`);
    span.set('http.route', route);
  }
  span.set('http.request.method', method);
  span.set('http.response.status_code', status);
  span.set('turnpike.request_id', requestId);
  span.end(status >= 500 ? String(status) : undefined);
}
