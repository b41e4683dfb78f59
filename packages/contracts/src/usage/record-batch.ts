import { z } from 'zod';
import { environment } from '../platform/roles.ts';

/** The Redis stream on which edges leave their batches of request records, and the LLM gateway what completes them. The braces keep it in one slot of a cluster. */
export const RECORDS_STREAM = '{turnpike}:requests';
/** Version of the form below; a batch of another one is set aside by whoever reads it. */
export const RECORDS_FORMAT = 1;
/** Records of one batch, at most. */
export const RECORDS_PER_BATCH_MAX = 500;
/** Longest path pattern that a record carries, in characters; the rest of a longer one is left out. */
export const PATTERN_CHARS_MAX = 256;
const KEY_PREFIX_CHARS_MAX = 32;

/** Who called, as the edge knew it. `refused`: the credential was refused, but auth knew whose it was. */
export const callerKind = z.enum(['anonymous', 'user', 'service', 'admin', 'refused']);
export type CallerKind = z.output<typeof callerKind>;

/** Facts of a caller, once for all records of a batch that share them. */
const callerFacts = z.tuple([
  callerKind,
  z.uuid().nullable().describe('The user, or the user that a service acts for.'),
  z.uuid().nullable().describe('The organisation that the caller acts within.'),
  environment.nullable(),
  z.uuid().nullable().describe('The API key.'),
  z.uuid().nullable().describe('The project of the key.'),
  z.uuid().nullable().describe('The session.'),
  z.string().nullable().describe('The name of a calling service.'),
  z.string().nullable().describe('The tier that the limits came from.'),
]);
export type CallerFacts = z.output<typeof callerFacts>;

/** Route, upstream, and where that is; null where nothing matched. */
const routeFacts = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.enum(['loopback', 'private', 'public', 'name']).nullable(),
]);
export type RouteFacts = z.output<typeof routeFacts>;

/** A rate-limit window: name, limit, length in seconds. */
const windowFacts = z.tuple([z.string(), z.number(), z.number()]);
export type WindowFacts = z.output<typeof windowFacts>;

/** Micro-credits as a number: below 2^53, as amounts are. */
const micro = z.number().int().nonnegative();

const count = z.number().int().nonnegative();

/** What is known of a call of a language model besides: the columns of its log. */
export const modelCall = z.object({
  provider: z.string().max(64),
  model: z.string().max(128).describe('The priced model; `other` where it has no price, never a text of the caller.'),
  endpoint: z.string().max(64).optional(),
  response_model: z.string().max(128).optional(),
  credential_id: z.string().max(64).optional(),
  service_tier: z.string().max(64).optional(),
  stream: z.boolean().optional(),
  error_type: z.string().max(128).optional(),
  finish_reason: z.string().max(64).optional(),
  input_tokens: count.optional(),
  output_tokens: count.optional(),
  cache_read_tokens: count.optional(),
  cache_write_tokens: count.optional(),
  cache_write_1h_tokens: count.optional(),
  reasoning_tokens: count.optional(),
  audio_input_tokens: count.optional(),
  audio_output_tokens: count.optional(),
  image_tokens: count.optional(),
  units: z.record(z.string().max(64), z.number()).optional(),
  usage_source: z.enum(['provider', 'provider_partial', 'estimated', 'none']).optional(),
  price_id: z.string().max(128).optional(),
  ttft_ms: z.number().nonnegative().optional().describe('Until the first content.'),
  attempts: z
    .array(z.object({ provider: z.string().max(64), status: z.number().int(), ms: z.number() }))
    .max(16)
    .optional(),
  upstream_request_id: z.string().max(128).optional(),
  cache: z.enum(['miss', 'hit']).optional(),
  violations: count.optional(),
  blocked: z.boolean().optional(),
  tags: z.array(z.string().max(64)).max(16).optional(),
});
export type ModelCall = z.output<typeof modelCall>;

/** What only some requests have. Members that do not apply are left out. */
export const recordDetail = z.object({
  code: z.string().optional().describe('The error code of a refusal.'),
  operation: z.string().optional().describe('What the route charges for.'),
  priceVersion: z.number().int().optional(),
  held: micro.optional(),
  hold: z.string().optional().describe('The reservation.'),
  charged: micro.optional(),
  chargeState: z.enum(['settled', 'released']).optional(),
  cost: z.number().optional().describe('Whole credits that were missing or asked for at the moment of a 402.'),
  balance: z.number().optional().describe('Whole credits that were free at that moment.'),
  scope: z.string().optional().describe('The scope that the key lacked.'),
  requiredRole: z.string().optional().describe('The role that the member lacked.'),
  replayOf: z.string().optional().describe('Request id of the first request under the Idempotency-Key.'),
  failure: z
    .enum(['connect', 'timeout', 'broken', 'client', 'edge', 'breaker', 'busy'])
    .optional()
    .describe('Why the last attempt at the upstream came to nothing.'),
  model: modelCall.optional(),
  degraded: z.literal(true).optional().describe('The limit was decided by the edge alone.'),
});
export type RecordDetail = z.output<typeof recordDetail>;

/** -1 stands for "not known" where a number is expected, so that rows keep their shape. */
const orNone = z.number().int().min(-1);

/** One request. */
const recordRow = z.tuple([
  z.number().int().describe("When it began, in milliseconds after the batch's `t`."),
  z.string().max(128).describe('The request id, which a client may have chosen.'),
  z.number().int().nonnegative().describe('Place in `c`.'),
  z.number().int().nonnegative().describe('Place in `r`.'),
  z.string().max(16).describe('Method.'),
  z.number().int().describe('Status; 499 where nobody stayed for the answer.'),
  z.number().int().nonnegative().describe('The whole time, in microseconds.'),
  orNone.describe('Until the first byte of the answer, in microseconds.'),
  orNone.describe('What the upstream took, in microseconds.'),
  z.number().int().nonnegative().describe('Bytes of the request body.'),
  z.number().int().nonnegative().describe('Bytes of the response body.'),
  orNone.describe('The window nearest to exhaustion: place in `w`.'),
  orNone.describe('Requests left in it.'),
  orNone.describe('Seconds until it ends.'),
  z.number().int().nonnegative().describe('Attempts at the upstream.'),
  recordDetail.nullable(),
]);
export type RecordRow = z.output<typeof recordRow>;

/**
 * What is known of a call of a language model when it is charged, which may be after its request has ended. The service that made the call writes
 * it; it completes the record that the edge writes of the same request.
 */
export const callCompletion = recordDetail.pick({ hold: true, held: true, charged: true, chargeState: true }).extend({
  requestId: z.string().max(128).describe("The request id, by which the record is found among its owner's."),
  startedMs: z.number().int().describe('When the call began, in epoch milliseconds.'),
  userId: z.uuid(),
  organisationId: z.uuid().nullable(),
  model: modelCall,
});
export type CallCompletion = z.output<typeof callCompletion>;

/** The JSON of a batch. What several records share stands once and is named by its place. */
export const recordBatch = z.object({
  t: z.number().int().describe('Epoch milliseconds from which the records count.'),
  c: z.array(callerFacts),
  r: z.array(routeFacts),
  w: z.array(windowFacts),
  d: z.array(recordRow).max(RECORDS_PER_BATCH_MAX),
  k: z
    .record(z.uuid(), z.string().max(KEY_PREFIX_CHARS_MAX))
    .optional()
    .describe('Prefixes of the API keys among the callers, by id.'),
  p: z
    .array(z.string().max(PATTERN_CHARS_MAX))
    .optional()
    .describe('Path patterns of the routes in `r`, place by place; empty where nothing matched.'),
  m: z.array(callCompletion).max(RECORDS_PER_BATCH_MAX).optional(),
});
export type RecordBatch = z.output<typeof recordBatch>;

/**
 * Fields of an entry of the stream. `e` is the process that writes since its start and `q` counts its batches from 1: together they name a batch, so
 * that one which arrives twice is stored once, and a gap in `q` is a batch that was lost.
 */
export const recordEntry = z.object({
  v: z.coerce.number().int(),
  e: z.uuid(),
  q: z.coerce.number().int().positive(),
  n: z.coerce.number().int().nonnegative(),
  b: z.string(),
});
export type RecordEntry = z.output<typeof recordEntry>;
