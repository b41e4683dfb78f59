import { currentRequest, isTracing, startSpan, withRequestContext, type RequestContext } from '@turnpike/service-kit';

/** The request that a call belongs to, where traces are recorded. */
export function causeOfCall(): RequestContext | undefined {
  return isTracing() ? currentRequest() : undefined;
}

/**
 * Runs a statement that many requests share: each recorded one gets a span of it, and what it sends to the database stands in the trace of the first.
 */
export async function withBatchSpans<T>(
  name: string,
  causes: readonly (RequestContext | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  if (!isTracing()) return await work();
  const opened = causes.flatMap((cause) => {
    const span = startSpan(name, 'internal', cause?.traceparent, { 'db.operation.batch.size': causes.length });
    return cause === undefined || span === undefined ? [] : [{ span, requestId: cause.requestId }];
  });
  const [first] = opened;
  // The context at this point is that of whoever was last in line.
  const context = first && { requestId: first.requestId, traceparent: first.span.traceparent };
  try {
    return await withRequestContext(context ?? { requestId: 'batch', traceparent: undefined }, work);
  } finally {
    for (const { span } of opened) span.end();
  }
}
