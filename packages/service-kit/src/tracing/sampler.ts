import { trace, type Context } from '@opentelemetry/api';
import {
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace-node';

/** OpenTelemetry's names of samplers, as `OTEL_TRACES_SAMPLER` takes them. */
type Rule = 'always_on' | 'always_off' | 'traceidratio';
export type SamplerName = Rule | `parentbased_${Rule}`;

export interface SamplerOptions {
  readonly sampler: SamplerName;
  /** Share of traces that the `traceidratio` samplers record, 0 to 1. */
  readonly ratio: number;
  /** Callers may be strangers, whose word on what is recorded counts for nothing. */
  readonly facesStrangers: boolean;
}

const RECORDED: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const NOT_RECORDED: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

/**
 * Decides which traces are recorded. Spans within a process follow the request that they are of. Where callers may be strangers, neither their
 * `sampled` flag decides nor their choice of a trace id.
 */
export function operatorSampler({ sampler, ratio, facesStrangers }: SamplerOptions): Sampler {
  const followsCallers = sampler.startsWith('parentbased_') && !facesStrangers;
  const byTraceId = new TraceIdRatioBasedSampler(ratio);
  const fresh = (context: Context, traceId: string, continued: boolean): boolean => {
    switch (sampler) {
      case 'always_on':
      case 'parentbased_always_on':
        return true;
      case 'always_off':
      case 'parentbased_always_off':
        return false;
      case 'traceidratio':
      case 'parentbased_traceidratio':
        if (continued && facesStrangers) return Math.random() < ratio;
        return byTraceId.shouldSample(context, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
    }
  };
  return {
    shouldSample(context, traceId) {
      const parent = trace.getSpanContext(context);
      const follows = parent !== undefined && (parent.isRemote !== true || followsCallers);
      const recorded = follows ? (parent.traceFlags & 1) === 1 : fresh(context, traceId, parent !== undefined);
      return recorded ? RECORDED : NOT_RECORDED;
    },
    toString: () => `operatorSampler(${sampler}, ${ratio})`,
  };
}
