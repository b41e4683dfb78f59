import type { IncomingMessage } from 'node:http';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** The span of one answered request. */
export interface ServerSpan {
  /** Trace context for the calls this request causes; the caller's own when tracing is off. */
  readonly traceparent: string | undefined;
  end(route: string | undefined, status: number): void;
}

/** Records the spans of this process and sends them to a collector, in batches. */
export interface SpanRecorder {
  /** `received`: the caller's valid `traceparent`, for when the span has none to hand on. */
  startSpan(service: string, request: IncomingMessage, received: string | undefined): ServerSpan;
  /** Sends what is left and stops. */
  stop(): Promise<void>;
}

/** @param endpoint base URL of an OTLP collector that speaks HTTP */
export function startSpanRecorder(service: string, version: string, endpoint: string): SpanRecorder {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  return { startSpan, stop: () => provider.shutdown() };
}

function startSpan(service: string, request: IncomingMessage, received: string | undefined): ServerSpan {
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
