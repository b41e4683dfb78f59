import type { IncomingMessage } from 'node:http';
import type { ServerSpan, SpanRecorder } from './span-recorder.ts';

/** A W3C trace parent: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Undefined where spans are not recorded: making one that is not costs as much as reading the body. */
let recorder: SpanRecorder | undefined;

/**
 * Starts recording traces when an OTLP endpoint is configured. Returns a function that flushes and stops. Without an endpoint nothing is
 * recorded, the tracing SDK is not even loaded (450 modules), and a caller's `traceparent` is still passed on.
 */
export async function startTracing(
  service: string,
  version: string,
  endpoint: string | undefined,
): Promise<() => Promise<void>> {
  if (endpoint === undefined) return async () => {};
  const { startSpanRecorder } = await import('./span-recorder.ts');
  const started = startSpanRecorder(service, version, endpoint);
  recorder = started;
  return () => started.stop();
}

/** Opens the server span of a request, continuing the caller's trace. */
export function startServerSpan(service: string, request: IncomingMessage): ServerSpan {
  const header = request.headers['traceparent'];
  const received = typeof header === 'string' && TRACEPARENT.test(header) ? header : undefined;
  return recorder?.startSpan(service, request, received) ?? { traceparent: received, end() {} };
}
