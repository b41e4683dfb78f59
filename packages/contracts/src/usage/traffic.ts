import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { queryNumber } from '../query-number.ts';
import { quantiles } from './fields.ts';

/** Longest time that traffic is summed over, in minutes. */
export const TRAFFIC_MINUTES_MAX = 60;
/** Routes, upstreams and kinds of error of one answer, at most each. */
export const TRAFFIC_GROUPS_MAX = 100;

const count = z.number().int().nonnegative();

/** Sums of some requests, of whomever. */
const sums = z.object({
  requests: count,
  refused: count.describe('Answers from 400 to 499; 499 where nobody stayed for the answer.'),
  failed: count.describe('Answers from 500 on.'),
  latency_ms: quantiles,
});

const route = z.string().nullable().describe('null where none matched.');
const upstream = z.string().nullable().describe('`turnpike:…` is a service of ours; null where no route matched.');

export const adminTraffic = defineEndpoint({
  id: 'usage.adminTraffic',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/admin/traffic',
  access: 'platform_admin',
  summary: "Everybody's requests of the last minutes, errors grouped first",
  description:
    'From sums by minute that know nobody; they come within a second or two of the requests and are kept for three days. Lists have the ' +
    `${TRAFFIC_GROUPS_MAX} with the most requests; the totals have all.`,
  query: z.object({
    minutes: queryNumber(1, TRAFFIC_MINUTES_MAX)
      .default(15)
      .describe(`Whole minutes to look back over, the one under way included; 1–${TRAFFIC_MINUTES_MAX}, default 15.`),
    to: field.givenTimestamp.optional().describe('Up to the end of the minute of this moment; now unless told.'),
  }),
  responses: {
    200: z
      .object({
        from: field.timestamp,
        to: field.timestamp.describe('Exclusive; of the minute under way, now.'),
        totals: sums,
        errors: z
          .array(
            z.object({
              status: z.number().int(),
              code: z
                .string()
                .nullable()
                .describe("The gateway's error code; null where the answer is a backend's own."),
              meaning: z.string().nullable().describe('What the code means.'),
              route,
              upstream,
              requests: count,
              last_minute: field.timestamp.describe('The last minute in which it happened.'),
            }),
          )
          .describe('Answers from 400 on by status, code and route, the most frequent first.'),
        routes: z.array(sums.extend({ route, upstream })).describe('The most frequent first.'),
        upstreams: z.array(sums.extend({ upstream })).describe('The most frequent first.'),
        series: z.array(sums.extend({ minute: field.timestamp })).describe('Minutes in which there were requests.'),
      })
      .meta({ id: 'Traffic' }),
  },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'service.unavailable'],
});
