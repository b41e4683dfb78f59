import type { StoredRecord } from './stored-record.ts';
import type { OperatorRecordView, UsageRecordView } from './views.ts';

/** Micro-credits as a decimal of credits. */
export function creditsText(micro: bigint): string {
  const sign = micro < 0n ? '-' : '';
  const digits = (micro < 0n ? -micro : micro).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Micro-credits of a decimal of credits with at most six places. */
export function microOf(credits: string): bigint {
  const [whole = '0', fraction = ''] = credits.split('.');
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0') || '0');
}

/** Microseconds as milliseconds. */
export function milliseconds(us: number): number {
  return Math.round(us) / 1_000;
}

const orNull = <T, R>(value: T | null, map: (value: T) => R): R | null => (value === null ? null : map(value));

/** A record as its caller reads it. */
export function viewOf(record: StoredRecord): UsageRecordView {
  const { limitName, limitMax, limitRemaining, limitWindowSeconds, limitResetSeconds } = record;
  return {
    id: record.id,
    request_id: record.requestId,
    created_at: record.at.toISOString(),
    key_id: record.keyId,
    key_prefix: record.keyPrefix,
    project_id: record.projectId,
    organisation_id: record.organisationId,
    environment: record.environment,
    route: record.route,
    method: record.method,
    path: record.path,
    status: record.status,
    error_code: record.code,
    limit:
      limitName === null
        ? null
        : {
            name: limitName,
            limit: limitMax ?? 0,
            remaining: limitRemaining ?? 0,
            window_seconds: limitWindowSeconds ?? 0,
            resets_in_seconds: limitResetSeconds ?? 0,
          },
    operation: record.operation,
    price_version: record.priceVersion,
    held: orNull(record.heldMicro, creditsText),
    charged: orNull(record.chargedMicro, creditsText),
    upstream: publicUpstream(record.upstream),
    attempts: record.attempts,
    duration_ms: milliseconds(record.durationUs),
    first_byte_ms: orNull(record.firstByteUs, milliseconds),
    upstream_ms: orNull(record.upstreamUs, milliseconds),
    request_bytes: record.requestBytes,
    response_bytes: record.responseBytes,
    replay_of: record.replayOf,
    model: record.modelCall?.model ?? null,
    provider: record.modelCall?.provider ?? null,
    input_tokens: record.modelCall?.input_tokens ?? null,
    output_tokens: record.modelCall?.output_tokens ?? null,
  };
}

/** To a caller Turnpike's own services are the gateway, and no upstreams. */
function publicUpstream(upstream: string | null): string | null {
  return upstream === null || upstream.startsWith('turnpike:') ? null : upstream;
}

/** The same as an operator reads it. */
export function operatorViewOf(record: StoredRecord): OperatorRecordView {
  return {
    ...viewOf(record),
    upstream: record.upstream,
    user_id: record.userId,
    session_id: record.sessionId,
    caller: record.caller,
    service: record.service,
    tier: record.tier,
    hold_id: record.holdId,
    address_class: record.addressClass,
    failure: record.failure,
    limit_degraded: record.limitDegraded,
  };
}
