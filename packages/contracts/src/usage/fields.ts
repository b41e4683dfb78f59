import { z } from 'zod';
import { field } from '../fields.ts';
import { queryNumber } from '../query-number.ts';

/** Requests a minute of one person to all routes about usage together. They count apart from the tier's limits: who has run into those must see it. */
export const USAGE_REQUESTS_PER_MINUTE = 60;
/** Longest time that a list of requests looks back over, in days. */
export const USAGE_DAYS_MAX = 31;
/** Records that a list counts; past that it says that it stopped counting. */
export const USAGE_COUNTED_MAX = 10_000;

/** Credits as a decimal, exact to a micro-credit. */
const credits = z.string().meta({ description: 'Credits as a decimal, exact to a micro-credit.', examples: ['5'] });

/** `from` and `to` of whatever looks back. */
export const period = {
  from: field.givenTimestamp.optional().describe('Inclusive; 24 hours before `to` unless told.'),
  to: field.givenTimestamp.optional().describe('Exclusive; now unless told.'),
};

export const statusFilter = z
  .string()
  .regex(/^[1-5](?:xx|\d\d)$/, 'Must be a class such as 4xx, or a code')
  .describe('A class such as `4xx`, or a code.');
/** Longest route, model and provider name, in characters. */
const NAME_CHARS_MAX = 128;
export const nameFilter = z.string().min(1).max(NAME_CHARS_MAX);
export const requestIdFilter = z
  .string()
  .min(1)
  .max(128)
  .describe('As answered in `X-Request-ID`. A client may have chosen it, so it may name several requests.');
export const page = {
  limit: field.limit,
  offset: queryNumber(0, USAGE_COUNTED_MAX)
    .default(0)
    .describe(`Records to skip, 0–${USAGE_COUNTED_MAX}; go on with \`cursor\` after that.`),
  cursor: field.id.optional().describe('The `id` of the last record seen: the ones after it.'),
};

export const quantiles = z
  .object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() })
  .meta({ id: 'Quantiles', description: 'Milliseconds, from histograms; null of nothing.' });
const count = z.number().int().nonnegative();

/** Sums of some requests. */
const sums = z.object({
  requests: count,
  errors: count.describe('Answers from 400 on.'),
  blocked: count.describe('Calls that a policy refused.'),
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  cost: credits.describe('What was charged, in credits as a decimal.'),
  violations: count,
  latency_ms: quantiles,
  ttft_ms: quantiles,
});

export const usageStats = z
  .object({
    from: field.timestamp.describe('On the bound of the interval at or before the one asked for.'),
    to: field.timestamp,
    interval: z.enum(['minute', 'hour', 'day']),
    totals: sums.meta({ id: 'UsageSums' }),
    series: z.array(sums.extend({ bucket: field.timestamp })).describe('Intervals in which there were requests.'),
    groups: z
      .array(sums.extend({ key: z.string().describe('Empty where a request had none.') }))
      .describe('The 50 with the most requests, and the rest as `other`.'),
  })
  .meta({ id: 'UsageStats' });

const limitFacts = z
  .object({
    name: z.string(),
    limit: z.number().int(),
    remaining: z.number().int(),
    window_seconds: z.number().int(),
    resets_in_seconds: z.number().int(),
  })
  .meta({ id: 'NearestLimit', description: 'The window that was nearest to exhaustion, as it was then.' });

/** A request as its caller reads it. */
export const usageRecord = z
  .object({
    id: field.id,
    request_id: z.string(),
    created_at: field.timestamp,
    key_id: field.id.nullable(),
    key_prefix: z.string().nullable().describe('What the API key shows of itself, such as `sk_live_4f0c1a`.'),
    project_id: field.id.nullable(),
    organisation_id: field.id.nullable(),
    environment: z.string().nullable(),
    route: z.string().nullable(),
    method: z.string(),
    path: z
      .string()
      .nullable()
      .describe('The path as the route has it, such as `/v1/reports/:id`; null where none matched.'),
    status: z.number().int(),
    error_code: z.string().nullable(),
    limit: limitFacts.nullable(),
    operation: z.string().nullable(),
    price_version: z.number().int().nullable(),
    held: credits.nullable(),
    charged: credits.nullable(),
    upstream: z.string().nullable(),
    attempts: z.number().int(),
    duration_ms: z.number(),
    first_byte_ms: z.number().nullable(),
    upstream_ms: z.number().nullable(),
    request_bytes: count,
    response_bytes: count,
    replay_of: z.string().nullable().describe('Request id of the first request under the `Idempotency-Key`.'),
    model: z.string().nullable(),
    provider: z.string().nullable(),
    input_tokens: count.nullable().describe('Of a call of a language model; null otherwise.'),
    output_tokens: count.nullable(),
  })
  .meta({ id: 'UsageRecord' });

/** The same as an operator reads it. */
export const operatorRecord = usageRecord
  .extend({
    user_id: field.id.nullable(),
    session_id: field.id.nullable(),
    caller: z.string().describe('anonymous, user, service, admin, refused or erased.'),
    service: z.string().nullable(),
    tier: z.string().nullable(),
    hold_id: z.string().nullable(),
    address_class: z.string().nullable(),
    failure: z.string().nullable(),
    limit_degraded: z.boolean(),
  })
  .meta({ id: 'OperatorUsageRecord' });

/** One decision on the way of a request. Further members are its facts. */
const explainLink = z
  .looseObject({
    link: z.enum(['caller', 'route', 'limit', 'price', 'hold', 'upstream', 'settle']),
    outcome: z.enum(['passed', 'refused', 'skipped']),
    detail: z.string().describe('A sentence for people.'),
  })
  .meta({ id: 'ExplainLink' });

export const explainedRecord = usageRecord
  .extend({ explain: z.array(explainLink) })
  .meta({ id: 'ExplainedUsageRecord' });
export const explainedOperatorRecord = operatorRecord
  .extend({ explain: z.array(explainLink) })
  .meta({ id: 'ExplainedOperatorUsageRecord' });

/** A page of records. */
export function usagePage<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: count,
    total_is_capped: z
      .literal(true)
      .optional()
      .describe(`There are more than the ${USAGE_COUNTED_MAX} that were counted.`),
    limit: z.number().int(),
    offset: z.number().int(),
  });
}
