import { z } from 'zod';
import { modelCall } from '@turnpike/contracts';
import { timeOfRecordId } from '../../domain/record-id.ts';
import type { RecordRow } from '../../domain/record-row.ts';
import { ownerOf } from '../../domain/roll-up.ts';
import type { RecordFilter, StoredRecord, Whose } from '../../domain/stored-record.ts';
import type { Parameters } from './clickhouse.ts';

const text = z.string().nullable();
const amount = z.coerce.bigint().nullable();
const number = z.coerce.number();
const bound = number.nullable();

const columns = z.object({
  at: z.string(),
  id: z.string(),
  request_id: z.string(),
  caller: z.string(),
  user_id: text,
  organisation_id: text,
  environment: text,
  key_id: text,
  key_prefix: text,
  project_id: text,
  session_id: text,
  service: text,
  tier: text,
  route: text,
  upstream: text,
  address_class: text,
  method: z.string(),
  path: text,
  status: number,
  duration_us: number,
  first_byte_us: bound,
  upstream_us: bound,
  attempts: number,
  request_bytes: number,
  response_bytes: number,
  limit_name: text,
  limit_max: bound,
  limit_window_seconds: bound,
  limit_remaining: bound,
  limit_reset_seconds: bound,
  limit_degraded: z.boolean(),
  code: text,
  failure: text,
  scope: text,
  required_role: text,
  replay_of: text,
  operation: text,
  price_version: bound,
  hold_id: text,
  held_micro: amount,
  charged_micro: amount,
  charge_state: text,
  cost: bound,
  balance: bound,
  model_call: text,
});

/** What a SELECT names to be read as records. */
export const RECORD_COLUMNS = Object.keys(columns.shape).join(', ');

/** A row of a SELECT of `RECORD_COLUMNS`, as the service speaks of it. */
export const storedRecord = columns.transform((row): StoredRecord => ({
  at: new Date(row.at),
  id: row.id,
  requestId: row.request_id,
  caller: row.caller,
  userId: row.user_id,
  organisationId: row.organisation_id,
  environment: row.environment,
  keyId: row.key_id,
  keyPrefix: row.key_prefix,
  projectId: row.project_id,
  sessionId: row.session_id,
  service: row.service,
  tier: row.tier,
  route: row.route,
  upstream: row.upstream,
  addressClass: row.address_class,
  method: row.method,
  path: row.path,
  status: row.status,
  durationUs: row.duration_us,
  firstByteUs: row.first_byte_us,
  upstreamUs: row.upstream_us,
  attempts: row.attempts,
  requestBytes: row.request_bytes,
  responseBytes: row.response_bytes,
  limitName: row.limit_name,
  limitMax: row.limit_max,
  limitWindowSeconds: row.limit_window_seconds,
  limitRemaining: row.limit_remaining,
  limitResetSeconds: row.limit_reset_seconds,
  limitDegraded: row.limit_degraded,
  code: row.code,
  failure: row.failure,
  scope: row.scope,
  requiredRole: row.required_role,
  replayOf: row.replay_of,
  operation: row.operation,
  priceVersion: row.price_version,
  holdId: row.hold_id,
  heldMicro: row.held_micro,
  chargedMicro: row.charged_micro,
  chargeState: row.charge_state,
  cost: row.cost,
  balance: row.balance,
  modelCall: row.model_call === null ? null : modelCall.parse(JSON.parse(row.model_call)),
}));

/** A record as it is inserted. `version`: 1 for one that takes the place of what was known of it before. */
export function insertedRecord({ weight: _weight, ...row }: RecordRow, version: 0 | 1): object {
  const call = row['model_call'];
  return {
    ...row,
    version,
    owner_id: ownerOf(row),
    limit_degraded: row['limit_degraded'] === true,
    ...(call === undefined || call === null ? {} : { model_call: JSON.stringify(call) }),
  };
}

/** A condition and the values that it names. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Parameters;
}

/** A moment that a parameter gives in epoch milliseconds. */
export const moment = (parameter: string): string => `fromUnixTimestamp64Milli({${parameter}:Int64}, 'UTC')`;

/** The condition of a filter; `before` is the id of the record to go on after. */
export function conditionOf(filter: RecordFilter, before: string | undefined): Condition {
  const { whose, from, to, status, hasViolation, chargedMin } = filter;
  const all = [...whoseIs(whose), `at >= ${moment('from')} AND at < ${moment('to')}`];
  const parameters: Record<string, unknown> = { ...whose, from: from.getTime(), to: to.getTime() };
  const equals = (column: string, name: string, type: string, value: unknown): void => {
    if (value === undefined) return;
    all.push(`${column} = {${name}:${type}}`);
    parameters[name] = value;
  };
  if (status?.endsWith('xx')) equals('intDiv(status, 100)', 'statusClass', 'UInt16', Number(status.charAt(0)));
  else equals('status', 'status', 'UInt16', status === undefined ? undefined : Number(status));
  equals('key_id', 'keyId', 'UUID', filter.keyId);
  equals('user_id', 'ofUser', 'UUID', filter.userId);
  equals('owner_id', 'ofOrganisation', 'UUID', filter.organisationId);
  if (filter.organisationId !== undefined) all.push('organisation_id IS NOT NULL');
  equals('route', 'route', 'String', filter.route);
  equals('code', 'code', 'String', filter.code);
  equals('request_id', 'requestId', 'String', filter.requestId);
  equals('provider', 'provider', 'String', filter.provider);
  equals('model', 'model', 'String', filter.model);
  if (hasViolation !== undefined) all.push(`ifNull(violations, 0) ${hasViolation ? '>' : '='} 0`);
  if (chargedMin !== undefined) {
    all.push('charged_micro >= {chargedMin:Int64}');
    parameters['chargedMin'] = chargedMin.toString();
  }
  const at = before === undefined ? undefined : timeOfRecordId(before);
  if (before !== undefined && at !== undefined) {
    all.push(`(at < ${moment('beforeAt')} OR (at = ${moment('beforeAt')} AND id < {before:UUID}))`);
    Object.assign(parameters, { before, beforeAt: at.getTime() });
  }
  return { sql: all.join(' AND '), parameters };
}

/** Names its values as `Whose` does. */
function whoseIs(whose: Whose): string[] {
  switch (whose.kind) {
    case 'person':
      return ['owner_id = {userId:UUID} AND organisation_id IS NULL'];
    case 'member':
      return ['owner_id = {organisationId:UUID} AND user_id = {userId:UUID} AND environment = {environment:String}'];
    case 'organisation':
      return ['owner_id = {organisationId:UUID} AND environment = {environment:String}'];
    case 'everybody':
      return [];
  }
}
