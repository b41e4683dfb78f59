import type { CallCompletion, RecordBatch, RecordDetail } from '@turnpike/contracts';
import { recordId } from './record-id.ts';

/** The upstream of calls of language models, as routes of the LLM gateway name it. */
export const LLM_UPSTREAM = 'turnpike:llm';

/** A record as it is stored: the columns of `request_record`; those that do not apply are left out. */
export interface RecordRow {
  readonly at: string;
  readonly id: string;
  readonly user_id: string | null;
  readonly [column: string]: unknown;
}

/** What completes a record: when and by whom the call was made, and the columns to fill. */
export interface CompletionRow {
  readonly at: string;
  readonly request_id: string;
  readonly user_id: string;
  readonly organisation_id: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Oldest and newest time that a record may claim, as epoch milliseconds; a clock that is off must not name a day that has no partition. */
export interface Bounds {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The rows of a batch that was read from the stream. */
export function rowsOf(
  batch: RecordBatch,
  producer: string,
  sequence: number,
  { fromMs, untilMs }: Bounds,
): RecordRow[] {
  return batch.d.map((row, place) => {
    const [offsetMs, requestId, caller, route, method, status, durationUs, firstByteUs, upstreamUs] = row;
    const [, , , , , , , , , requestBytes, responseBytes, window, remaining, resetSeconds, attempts, detail] = row;
    const [kind, userId, organisationId, environment, keyId, projectId, sessionId, service, tier] =
      batch.c[caller] ?? (['anonymous'] as const);
    const [routeId, upstream, addressClass] = batch.r[route] ?? [];
    const limit = window === -1 ? undefined : batch.w[window];
    const atMs = Math.min(Math.max(batch.t + offsetMs, fromMs), untilMs);
    return {
      at: new Date(atMs).toISOString(),
      id: recordId(atMs, producer, sequence, place),
      request_id: requestId,
      caller: kind,
      user_id: userId ?? null,
      organisation_id: organisationId,
      environment,
      key_id: keyId,
      key_prefix: typeof keyId === 'string' ? batch.k?.[keyId] : undefined,
      project_id: projectId,
      session_id: sessionId,
      service,
      tier,
      route: routeId,
      upstream,
      address_class: addressClass,
      method,
      path: batch.p?.[route] || undefined,
      status,
      duration_us: durationUs,
      first_byte_us: known(firstByteUs),
      upstream_us: known(upstreamUs),
      attempts,
      request_bytes: requestBytes,
      response_bytes: responseBytes,
      ...(limit === undefined
        ? {}
        : {
            limit_name: limit[0],
            limit_max: limit[1],
            limit_window_seconds: limit[2],
            limit_remaining: remaining,
            limit_reset_seconds: resetSeconds,
          }),
      ...(detail === null ? {} : detailColumns(detail)),
    };
  });
}

/** The completions of a batch that was read from the stream. */
export function completionsOf(batch: RecordBatch, { fromMs, untilMs }: Bounds): CompletionRow[] {
  return (batch.m ?? []).map(({ startedMs, requestId, userId, organisationId, ...facts }: CallCompletion) => ({
    at: new Date(Math.min(Math.max(startedMs, fromMs), untilMs)).toISOString(),
    request_id: requestId,
    user_id: userId,
    organisation_id: organisationId,
    facts: detailColumns(facts),
  }));
}

function known(value: number): number | undefined {
  return value === -1 ? undefined : value;
}

function detailColumns({ model: call, degraded, ...detail }: RecordDetail): Record<string, unknown> {
  return {
    limit_degraded: degraded,
    code: detail.code,
    failure: detail.failure,
    scope: detail.scope,
    required_role: detail.requiredRole,
    replay_of: detail.replayOf,
    operation: detail.operation,
    price_version: detail.priceVersion,
    hold_id: detail.hold,
    held_micro: detail.held,
    charged_micro: detail.charged,
    charge_state: detail.chargeState,
    cost: detail.cost,
    balance: detail.balance,
    ...(call === undefined
      ? {}
      : {
          provider: call.provider,
          model: call.model,
          input_tokens: call.input_tokens,
          output_tokens: call.output_tokens,
          cache_read_tokens: call.cache_read_tokens,
          cache_write_tokens: call.cache_write_tokens,
          reasoning_tokens: call.reasoning_tokens,
          ttft_us: call.ttft_ms === undefined ? undefined : Math.round(call.ttft_ms * 1_000),
          violations: call.violations,
          blocked: call.blocked,
          model_call: call,
        }),
  };
}
