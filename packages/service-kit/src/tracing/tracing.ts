import type { Attributes } from '@opentelemetry/api';
import { within } from '../process/deadline.ts';
import type { Logger } from '../process/logger.ts';
import type { SamplerName } from './sampler.ts';
import type { Span, SpanOptions, SpanRecorder } from './span-recorder.ts';
import { isSampled } from './traceparent.ts';

export type { Span } from './span-recorder.ts';

/** The settings that traces have; see `commonSettings`. */
export interface TracingConfig {
  readonly SERVICE_VERSION: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_TRACES_SAMPLER: SamplerName;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

/** How long the last spans may take to be sent when a process stops, in milliseconds. */
const STOP_MS_MAX = 2_000;

/** Undefined where spans are not recorded: making one that is not costs as much as reading the body. */
let recorder: SpanRecorder | undefined;

/**
 * Starts recording traces when an OTLP endpoint is configured. Returns a function that flushes and stops. Without an endpoint nothing is
 * recorded, the tracing SDK is not even loaded (450 modules), and a caller's `traceparent` is still passed on.
 *
 * @param facesStrangers callers may be anybody, so that only the operator's settings decide what is recorded
 * @param logger told when the collector stops answering, and when it answers again
 */
export async function startTracing(
  service: string,
  config: TracingConfig,
  { facesStrangers = false, logger }: { readonly facesStrangers?: boolean; readonly logger?: Logger } = {},
): Promise<() => Promise<void>> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return async () => {};
  const { startSpanRecorder } = await import('./span-recorder.ts');
  const started = startSpanRecorder({
    service,
    version: config.SERVICE_VERSION,
    endpoint,
    sampler: config.OTEL_TRACES_SAMPLER,
    ratio: config.OTEL_TRACES_SAMPLER_ARG,
    facesStrangers,
    onExport: outageLog(logger),
  });
  recorder = started;
  // An unavailable collector must not keep a process that was told to stop, and its spans are nobody's loss but theirs.
  return () => within(started.stop(), STOP_MS_MAX);
}

/** Logs the start and the end of an outage of the collector. */
function outageLog(logger: Logger | undefined): (failure: unknown) => void {
  let away = false;
  return (failure) => {
    if (failure !== undefined && !away)
      logger?.warn({ err: failure }, 'traces cannot be sent; they are lost until they can');
    else if (failure === undefined && away) logger?.info('traces are sent again');
    away = failure !== undefined;
  };
}

/** Whether spans are recorded at all. What hot paths ask before anything else, so that it costs them no more than this. */
export function isTracing(): boolean {
  return recorder !== undefined;
}

/** Opens the span of a request that came from elsewhere, which continues the caller's trace. Only while tracing. */
export function startServerSpan(options: Pick<SpanOptions, 'scope' | 'name' | 'parent' | 'startedMs'>): Span {
  if (recorder === undefined) throw new Error('traces are not recorded');
  return recorder.start({ ...options, kind: 'server', remote: true });
}

/** Opens a span of work within a trace; `undefined` where its trace is not recorded. `parent` is a valid `traceparent`. */
export function startSpan(
  name: string,
  kind: SpanOptions['kind'],
  parent: string | undefined,
  attributes?: Attributes,
): Span | undefined {
  if (recorder === undefined || parent === undefined || !isSampled(parent)) return undefined;
  return recorder.start({ name, kind, parent, remote: false, attributes });
}

/** Does work within a span, which ends when it has. */
export async function withSpan<T>(span: Span | undefined, work: () => Promise<T>): Promise<T> {
  if (span === undefined) return await work();
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
