import { currentRequest } from '../http/request-context.ts';
import { isSampled } from './traceparent.ts';
import { isTracing } from './tracing.ts';

/** Trace context of the request being answered, where its trace is recorded. */
export function recordedTrace(): string | undefined {
  if (!isTracing()) return undefined;
  const traceparent = currentRequest()?.traceparent;
  return traceparent !== undefined && isSampled(traceparent) ? traceparent : undefined;
}
