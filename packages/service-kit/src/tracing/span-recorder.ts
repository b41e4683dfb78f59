import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { operatorSampler, type SamplerOptions } from './sampler.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** Work within a trace, from its start to `end`. */
export interface Span {
  /** Trace context for what this work causes. */
  readonly traceparent: string;
  /** False where the trace goes on and nobody records it. */
  readonly recorded: boolean;
  rename(name: string): void;
  set(name: string, value: string | number): void;
  /** Ends it, once. With `failure`, an error or the name of its kind, as failed. */
  end(failure?: unknown): void;
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

export interface SpanOptions {
  /** Who records: the service's name unless told. */
  readonly scope?: string;
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  /** A valid trace parent; a new trace begins without one. */
  readonly parent: string | undefined;
  /** The parent came from another process, so that the sampler decides; otherwise what is recorded follows it. */
  readonly remote: boolean;
  readonly attributes?: Attributes | undefined;
  /** On the clock of `performance.now()`; now unless told. */
  readonly startedMs?: number;
}

/** Records the spans of this process and sends them to a collector, in batches. */
export interface SpanRecorder {
  start(options: SpanOptions): Span;
  /** Sends what is left and stops. */
  stop(): Promise<void>;
}

export interface RecorderOptions extends SamplerOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP collector that speaks HTTP. */
  readonly endpoint: string;
  /** Told of each batch that was sent, with the failure where it was not taken. */
  readonly onExport: (failure: unknown) => void;
}

/** Starts recording. */
export function startSpanRecorder({
  service,
  version,
  endpoint,
  onExport,
  ...sampling
}: RecorderOptions): SpanRecorder {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    sampler: operatorSampler(sampling),
    spanProcessors: [new BatchSpanProcessor(reporting(exporter, onExport))],
  });
  return {
    start({ scope = service, name, kind, parent, remote, attributes = {}, startedMs }) {
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { ...parseTraceparent(parent), isRemote: remote });
      const startTime = startedMs === undefined ? {} : { startTime: startedMs };
      const span = provider.getTracer(scope).startSpan(name, { kind: KINDS[kind], attributes, ...startTime }, context);
      return {
        traceparent: formatTraceparent(span.spanContext()),
        recorded: span.isRecording(),
        rename: (renamed) => void span.updateName(renamed),
        set: (attribute, value) => void span.setAttribute(attribute, value),
        end(failure) {
          if (failure !== undefined) {
            span.setAttribute('error.type', kindOf(failure));
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    stop: () => provider.shutdown(),
  };
}

function reporting(exporter: SpanExporter, onExport: (failure: unknown) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        onExport(result.code === 0 ? undefined : (result.error ?? new Error('the collector refused them')));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** Never an error's message, which may hold what nobody is to read. */
function kindOf(failure: unknown): string {
  if (typeof failure === 'string') return failure;
  if (!(failure instanceof Error)) return '_OTHER';
  return 'code' in failure && typeof failure.code === 'string' ? failure.code : failure.name;
}
