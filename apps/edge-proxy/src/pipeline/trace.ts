import { isTraceparent, isTracing, startServerSpan, startSpan, withSpan, type Span } from '@turnpike/service-kit';
import { randomHex } from '../ids.ts';
import type { Exchange } from './exchange.ts';
import { identify } from './identify.ts';
import { limit } from './limit.ts';
import type { Stage } from './stage.ts';

/** Stages whose time is worth a span of their own. What reserves, sends and settles opens its own. */
const STAGE_SPANS: ReadonlyMap<Stage, string> = new Map<Stage, string>([
  [identify, 'authenticate'],
  [limit, 'limit'],
]);

/** Continues the client's trace, or begins one. A state belongs to its parent, and leaves with it (W3C Trace Context §3.3). */
export function takeTrace(exchange: Exchange): void {
  const { headers, request, startedMs } = exchange;
  const header = headers.get('traceparent');
  const received = isTraceparent(header) ? header : undefined;
  if (received !== undefined) exchange.tracestate = headers.get('tracestate');
  if (!isTracing()) {
    exchange.traceparent = received ?? `00-${randomHex(16)}-${randomHex(8)}-00`;
    return;
  }
  const span = startServerSpan({ name: request.method ?? '', parent: received, startedMs });
  exchange.traceparent = span.traceparent;
  if (span.recorded) exchange.span = span;
}

/** Runs a stage of a recorded request; calls that it makes belong to its span. */
export function runTraced(stage: Stage, ...[exchange, edge]: Parameters<Stage>): void | Promise<void> {
  const name = STAGE_SPANS.get(stage);
  if (name === undefined || exchange.route === undefined) return stage(exchange, edge);
  const whole = exchange.traceparent;
  const span = startSpan(name, 'internal', whole);
  if (span !== undefined) exchange.traceparent = span.traceparent;
  return withSpan(span, async () => {
    try {
      await stage(exchange, edge);
    } finally {
      exchange.traceparent = whole;
    }
  });
}

/** Opens the span of an attempt at an upstream, which is told of it as its parent. */
export function startAttemptSpan(
  { span, destination, forwardHeaders, request }: Exchange,
  origin: string,
): Span | undefined {
  if (span === undefined) return undefined;
  const attempt = startSpan('upstream', 'client', span.traceparent, {
    'http.request.method': request.method ?? '',
    'server.address': origin,
    'turnpike.upstream': destination.upstream.definition.name,
  });
  if (attempt === undefined) return undefined;
  for (let index = 0; index < forwardHeaders.length; index += 2)
    if (forwardHeaders[index] === 'traceparent') forwardHeaders[index + 1] = attempt.traceparent;
  return attempt;
}

/** Ends the spans of an exchange that has ended with this status. */
export function endTrace(exchange: Exchange, span: Span, status: number): void {
  const { request, route, refusal, requestId, target } = exchange;
  const method = request.method ?? '';
  exchange.endAttemptSpan();
  if (route !== undefined) {
    span.rename(`${method} ${route.pattern.source}`);
    span.set('http.route', route.pattern.source);
    span.set('turnpike.route', route.id);
  }
  span.set('http.request.method', method);
  span.set('http.response.status_code', status);
  if (target !== undefined) span.set('url.path', target.path);
  span.set('turnpike.request_id', requestId);
  if (refusal !== undefined) span.set('turnpike.error_code', refusal.code);
  span.end(status >= 500 ? String(status) : undefined);
}
