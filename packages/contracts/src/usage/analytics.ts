import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { tenantRefusals } from '../platform/refusals.ts';
import { LEAST_ROLE } from '../platform/roles.ts';
import { nameFilter, page, period, requestIdFilter, statusFilter, usagePage, usageStats } from './fields.ts';

const filters = {
  provider: nameFilter.optional(),
  model: nameFilter.optional(),
  key_id: field.id.optional(),
  user_id: field.id.optional(),
};

const tokens = z.number().int().nonnegative().nullable();

/** A call as an organisation's log shows it. What is known of calls of language models only is null for others. */
export const usageLogItem = z
  .object({
    id: field.id,
    request_id: z.string(),
    created_at: field.timestamp,
    key_id: field.id.nullable(),
    key_prefix: z.string().nullable(),
    user_id: field.id.nullable(),
    tenant_id: field.id,
    environment: z.string().nullable(),
    provider: z.string().nullable(),
    credential_id: z.string().nullable(),
    endpoint: z.string().nullable(),
    method: z.string(),
    path: z.string().nullable().describe('As the route has it, such as `/v1/reports/:id`: without ids.'),
    route: z.string().nullable(),
    model: z.string().nullable(),
    response_model: z.string().nullable(),
    service_tier: z.string().nullable(),
    stream: z.boolean().nullable(),
    status: z.number().int(),
    error_type: z.string().nullable(),
    error_code: z.string().nullable(),
    finish_reason: z.string().nullable(),
    input_tokens: tokens,
    output_tokens: tokens,
    cache_read_tokens: tokens,
    cache_write_tokens: tokens,
    cache_write_1h_tokens: tokens,
    reasoning_tokens: tokens,
    audio_input_tokens: tokens,
    audio_output_tokens: tokens,
    image_tokens: tokens,
    units: z.record(z.string(), z.number()).nullable(),
    usage_source: z.string().nullable(),
    cost: z.string().describe('What was charged, in credits as a decimal.'),
    price_id: z.string().nullable(),
    reservation_id: z.string().nullable(),
    charge_state: z.enum(['settled', 'released']).nullable(),
    latency_ms: z.number().nullable().describe('Until the first byte.'),
    ttft_ms: z.number().nullable().describe('Until the first content.'),
    duration_ms: z.number(),
    request_bytes: z.number().int(),
    response_bytes: z.number().int(),
    attempts: z.array(z.object({ provider: z.string(), status: z.number().int(), ms: z.number() })),
    upstream_request_id: z.string().nullable(),
    client_disconnected: z.boolean(),
    cache: z.enum(['miss', 'hit']).nullable(),
    violations: z.number().int(),
    tags: z.array(z.string()),
  })
  .meta({ id: 'UsageLogItem' });

const errors = ['request.invalid', ...tenantRefusals, 'service.unavailable'] as const;

export const analyticsLogs = defineEndpoint({
  id: 'usage.analyticsLogs',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/trueportai-services/api/v1/analytics/logs',
  access: 'tenant',
  minRole: LEAST_ROLE['usage.read'],
  summary: "The organisation's calls, newest first",
  description:
    'Of the environment of the token; the last 24 hours unless told, at most 31 days. No prompts, no completions.',
  query: z.object({
    ...period,
    ...page,
    ...filters,
    status: statusFilter.optional(),
    request_id: requestIdFilter.optional(),
    has_violation: z.enum(['true', 'false']).optional(),
    min_cost: z
      .string()
      .regex(/^\d{1,10}(?:\.\d{1,6})?$/, 'Must be a decimal such as 0.25')
      .optional()
      .describe('Credits as a decimal.'),
  }),
  responses: { 200: usagePage(usageLogItem) },
  errors: [...errors],
});

export const analyticsStats = defineEndpoint({
  id: 'usage.analyticsStats',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/trueportai-services/api/v1/analytics/stats',
  access: 'tenant',
  minRole: LEAST_ROLE['usage.read'],
  summary: 'What the organisation used',
  description: 'Of the environment of the token. Sums by hour reach 31 days back, by day 400.',
  query: z.object({
    ...period,
    ...filters,
    status: statusFilter
      .regex(/xx$/, 'Must be a class such as 4xx')
      .optional()
      .describe('A class such as `4xx`: sums know no codes.'),
    interval: z.enum(['hour', 'day']).default('hour'),
    group_by: z.enum(['model', 'provider', 'key', 'user', 'status', 'none']).default('none'),
  }),
  responses: { 200: usageStats },
  errors: [...errors],
});
