import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import {
  explainedRecord,
  nameFilter,
  page,
  period,
  requestIdFilter,
  statusFilter,
  usagePage,
  usageRecord,
  usageStats,
} from './fields.ts';

const errors = ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'] as const;

export const getUsage = defineEndpoint({
  id: 'usage.get',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage',
  access: 'user',
  scope: 'usage:read',
  acceptsScoped: true,
  summary: 'What the caller used',
  description:
    "With a token of an organisation, what the caller did within it. Sums by minute reach a day back, by hour 31 days, by day 400. `from` and `to` are widened to the interval's bounds.",
  query: z.object({
    ...period,
    interval: z.enum(['minute', 'hour', 'day']).default('hour'),
    group_by: z.enum(['route', 'key', 'project', 'status', 'model', 'none']).default('none'),
  }),
  responses: { 200: usageStats },
  errors: [...errors],
});

export const listRequests = defineEndpoint({
  id: 'usage.listRequests',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/requests',
  access: 'user',
  acceptsScoped: true,
  summary: "The caller's requests, newest first",
  description: 'The last 24 hours unless told; at most 31 days. With a token of an organisation, those made within it.',
  query: z.object({
    ...period,
    ...page,
    status: statusFilter.optional(),
    key_id: field.id.optional(),
    route: nameFilter.optional(),
    request_id: requestIdFilter.optional(),
  }),
  responses: { 200: usagePage(usageRecord) },
  errors: [...errors],
});

export const explainRequest = defineEndpoint({
  id: 'usage.explainRequest',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/requests/:id',
  access: 'user',
  acceptsScoped: true,
  summary: 'One request, and why it ended as it did',
  description: 'By the `id` of its record. Somebody else’s is 404, like one that there is not.',
  params: z.object({ id: field.id }),
  responses: { 200: explainedRecord },
  errors: [...errors, 'resource.not_found'],
});

const limitWindow = z
  .object({
    name: z.string(),
    limit: z.number().int(),
    used: z.number().int().nonnegative(),
    remaining: z.number().int().nonnegative(),
    resets_at: field.timestamp,
    binding: z.boolean().describe('The next refusal, if any, will come from this one.'),
  })
  .meta({ id: 'LimitWindow' });

const limitsOfTier = z
  .object({
    tier: z.string(),
    per_minute: z.number().int().nullable().describe('Requests a minute; `null` where there is no such limit.'),
    per_day: z.number().int().nullable().describe('Requests a day; `null` where there is no such limit.'),
    concurrent: z
      .number()
      .int()
      .describe('Requests, streams and sockets under way at one backend, for each edge process.'),
  })
  .meta({ id: 'LimitsOfTier' });

/** Answered by the edge, where the windows are. */
export const getLimits = defineEndpoint({
  id: 'usage.getLimits',
  owner: 'edge',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/limits',
  access: 'user',
  anyKey: true,
  acceptsScoped: true,
  summary: 'What is left of the limits of the caller',
  description: 'Asking consumes nothing of them: it has a window of its own.',
  responses: {
    200: z.object({
      tier: z.string(),
      windows: z.array(limitWindow),
      tiers: z
        .array(limitsOfTier)
        .describe(
          'What the tiers allow that every installation has, and the own one, from the narrowest to the widest.',
        ),
    }),
  },
  errors: ['auth.missing', 'service.unavailable'],
});
