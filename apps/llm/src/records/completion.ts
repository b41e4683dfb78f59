import type { CallCompletion, ModelCall } from '@turnpike/contracts';
import type { CallRecord } from '../calls/call.ts';
import { inputTokens, outputTokens, type Usage } from '../usage/usage.ts';

/** A model without a price, or none at all: what a caller writes is not counted by. */
const OTHER = 'other';
/** Longest texts of a completion, in characters. */
const NAME_CHARS_MAX = 64;
const TEXT_CHARS_MAX = 128;
/** What no text may hold that PostgreSQL keeps as JSON. */
const CONTROL = /\p{Cc}/gu;

/** What completes the request record of a call. */
export function completionOf(record: CallRecord): CallCompletion {
  const { requestId, startedMs, userId, organisationId, held, costMicro } = record;
  return {
    requestId,
    startedMs,
    userId,
    organisationId: organisationId ?? null,
    ...(held === undefined
      ? {}
      : { hold: held.id, held: Number(held.micro), charged: Number(costMicro), chargeState: held.state }),
    model: modelCallOf(record),
  };
}

function modelCallOf(record: CallRecord): ModelCall {
  const { usage } = record;
  return {
    provider: record.provider,
    model: clip(record.model, TEXT_CHARS_MAX) ?? OTHER,
    endpoint: clip(record.endpoint, NAME_CHARS_MAX),
    response_model: clip(record.responseModel, TEXT_CHARS_MAX),
    credential_id: clip(record.credentialId, NAME_CHARS_MAX),
    service_tier: clip(record.serviceTier, NAME_CHARS_MAX),
    stream: record.stream,
    error_type: record.errorCode,
    finish_reason: clip(record.finishReason, NAME_CHARS_MAX),
    ...(record.ttftMs === undefined ? {} : { ttft_ms: record.ttftMs }),
    ...(usage === undefined ? {} : tokensOf(usage)),
    usage_source: record.usageSource,
    price_id: clip(record.priceId, TEXT_CHARS_MAX),
    upstream_request_id: clip(record.upstreamRequestId, TEXT_CHARS_MAX),
    violations: record.violations,
    blocked: record.blocked,
  };
}

/** Input and output are whole; what was cached, heard or seen of them stands beside. */
function tokensOf(usage: Usage): Partial<ModelCall> {
  return {
    input_tokens: whole(inputTokens(usage)),
    output_tokens: whole(outputTokens(usage)),
    cache_read_tokens: whole(usage.cache_read + usage.cache_read_audio + usage.cache_read_image),
    cache_write_tokens: whole(usage.cache_write),
    cache_write_1h_tokens: whole(usage.cache_write_1h),
    reasoning_tokens: whole(usage.reasoning),
    audio_input_tokens: whole(usage.input_audio + usage.cache_read_audio),
    audio_output_tokens: whole(usage.output_audio),
    image_tokens: whole(usage.input_image + usage.cache_read_image + usage.output_image),
    units: {
      searches: usage.searches,
      audio_seconds: usage.audio_seconds,
      ...(usage.images > 0 && { images: usage.images }),
      ...(usage.file_searches > 0 && { file_searches: usage.file_searches }),
    },
  };
}

/** A vendor's count as the record has it. */
function whole(count: number): number {
  return Math.min(Math.round(count), Number.MAX_SAFE_INTEGER);
}

/** A text of somebody else's, as it may be stored. */
function clip(text: string | undefined, charsMax: number): string | undefined {
  return text?.slice(0, charsMax).toWellFormed().replaceAll(CONTROL, '');
}
