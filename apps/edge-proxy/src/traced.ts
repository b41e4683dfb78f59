import { isTracing, startSpan, withRequestContext, withSpan, type RequestContext } from '@turnpike/service-kit';

/** Does work of a request within a span of this name, below which its commands to Redis stand. Where no traces are recorded it is only done. */
export function traced<T>(name: string, cause: RequestContext, work: () => Promise<T>): Promise<T> {
  const span = isTracing() ? startSpan(name, 'internal', cause.traceparent) : undefined;
  if (span === undefined) return work();
  const context = { requestId: cause.requestId, traceparent: span.traceparent };
  return withSpan(span, () => withRequestContext(context, work));
}
