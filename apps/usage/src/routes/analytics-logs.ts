import { analyticsLogs, type Output } from '@turnpike/contracts';
import { periodOf, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { creditsText, microOf, milliseconds } from '../records/domain/record-view.ts';
import type { StoredRecord } from '../records/domain/stored-record.ts';
import { pageOf } from './list-page.ts';
import { useOfOrganisation } from './whose.ts';

/** What the log says of an answer that nobody stayed for. */
const CLIENT_LEFT_STATUS = 499;

type LogItem = Output<typeof analyticsLogs>['items'][number];

export const analyticsLogsRoute = ({ store }: Context) =>
  route(analyticsLogs, async ({ query, identity }) => {
    const { provider, model, key_id: keyId, user_id: userId, status, request_id: requestId } = query;
    const whose = useOfOrganisation(identity);
    const filter = {
      whose,
      ...periodOf(query),
      provider,
      model,
      keyId,
      userId,
      status,
      requestId,
      hasViolation: query.has_violation === undefined ? undefined : query.has_violation === 'true',
      chargedMin: query.min_cost === undefined ? undefined : microOf(query.min_cost),
    };
    const body = await pageOf(store, filter, query, (record) => itemOf(record, whose.organisationId));
    return { status: 200, body };
  });

/** A record as its organisation's log shows it. */
export function itemOf(record: StoredRecord, tenantId: string): LogItem {
  const call = record.modelCall;
  return {
    id: record.id,
    request_id: record.requestId,
    created_at: record.at.toISOString(),
    key_id: record.keyId,
    key_prefix: record.keyPrefix,
    user_id: record.userId,
    tenant_id: tenantId,
    environment: record.environment,
    provider: call?.provider ?? null,
    credential_id: call?.credential_id ?? null,
    endpoint: call?.endpoint ?? null,
    method: record.method,
    path: record.path,
    route: record.route,
    model: call?.model ?? null,
    response_model: call?.response_model ?? null,
    service_tier: call?.service_tier ?? null,
    stream: call?.stream ?? null,
    status: record.status,
    error_type: call?.error_type ?? null,
    error_code: record.code,
    finish_reason: call?.finish_reason ?? null,
    input_tokens: call?.input_tokens ?? null,
    output_tokens: call?.output_tokens ?? null,
    cache_read_tokens: call?.cache_read_tokens ?? null,
    cache_write_tokens: call?.cache_write_tokens ?? null,
    cache_write_1h_tokens: call?.cache_write_1h_tokens ?? null,
    reasoning_tokens: call?.reasoning_tokens ?? null,
    audio_input_tokens: call?.audio_input_tokens ?? null,
    audio_output_tokens: call?.audio_output_tokens ?? null,
    image_tokens: call?.image_tokens ?? null,
    units: call?.units ?? null,
    usage_source: call?.usage_source ?? null,
    cost: creditsText(record.chargedMicro ?? 0n),
    price_id: call?.price_id ?? null,
    reservation_id: record.holdId,
    charge_state: chargeStateOf(record),
    latency_ms: record.firstByteUs === null ? null : milliseconds(record.firstByteUs),
    ttft_ms: call?.ttft_ms ?? null,
    duration_ms: milliseconds(record.durationUs),
    request_bytes: record.requestBytes,
    response_bytes: record.responseBytes,
    attempts: call?.attempts ?? [],
    upstream_request_id: call?.upstream_request_id ?? null,
    client_disconnected: record.status === CLIENT_LEFT_STATUS,
    cache: call?.cache ?? null,
    violations: call?.violations ?? 0,
    tags: call?.tags ?? [],
  };
}

function chargeStateOf({ chargeState }: StoredRecord): LogItem['charge_state'] {
  return chargeState === 'settled' || chargeState === 'released' ? chargeState : null;
}
