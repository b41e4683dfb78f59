import type { IncomingMessage } from 'node:http';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** A W3C trace parent: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether spans are recorded: making one that is not costs as much as reading the body. */
let recording = false;

/** The span of one answered request. */
export interface ServerSpan {
  /** Trace context for the calls this request causes; the caller's own when tracing is off. */
  readonly traceparent: string | undefined;
  end(route: string | undefined, status: number): void;
}

/**
 * Starts recording traces when an OTLP endpoint is configured. Returns a function that flushes and stops. Without an endpoint nothing is
 * recorded and a caller's `traceparent` is still passed on.
 */
export function startTracing(service: string, version: string, endpoint: string | undefined): () => Promise<void> {
  if (endpoint === undefined) return async () => {};
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  recording = true;
  return () => provider.shutdown();
}

/** Opens the server span of a request, continuing the caller's trace. */
export function startServerSpan(service: string, request: IncomingMessage): ServerSpan {
  const header = request.headers['traceparent'];
  const received = typeof header === 'string' && TRACEPARENT.test(header) ? header : undefined;
  if (!recording) return { traceparent: received, end() {} };
  const parent = propagation.extract(context.active(), request.headers);
  const span = trace.getTracer(service).startSpan(`${request.method}`, { kind: SpanKind.SERVER }, parent);
  const injected: Record<string, string> = {};
  propagation.inject(trace.setSpan(parent, span), injected);
  return {
    traceparent: injected['traceparent'] ?? received,
    end(route, status) {
      if (route !== undefined) span.updateName(route);
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
