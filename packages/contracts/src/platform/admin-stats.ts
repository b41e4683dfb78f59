import { z } from 'zod';
import { creditField } from '../credits/amounts.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorRefusals } from './operators.ts';

const count = z.int().nonnegative();
const counted = count.nullable();

/** Services that the figures come from. */
export const STATS_SOURCES = ['auth', 'users', 'credits', 'usage'] as const;

/** Figures that may be estimates. */
export const STATS_ESTIMATED = ['tenants', 'users.total', 'users.active_30d', 'keys.active'] as const;

export const adminStats = defineEndpoint({
  id: 'platform.adminStats',
  owner: 'users',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/admin/stats',
  access: 'platform_admin',
  summary: 'The installation in figures, for operators',
  description:
    'A service that does not answer within 2 seconds is named in `partial`, and its figures are null, never zero. Figures are up to a minute old.',
  responses: {
    200: z
      .object({
        as_of: field.timestamp,
        tenants: z.object({ total: counted, active: counted, suspended: counted, archived: counted }),
        users: z.object({
          total: counted.describe('Deleted ones are left out.'),
          active_30d: counted.describe('Signed in within 30 days.'),
        }),
        subscriptions: z.object({
          by_plan: z.record(z.string(), count).nullable().describe('Running ones, by the id of the plan.'),
          past_due: counted,
        }),
        keys: z.object({ active: counted }),
        requests: z.object({
          last_24h: counted.describe('In the last 24 hours, the present one included, by whole hours.'),
          errors_24h: counted.describe('Of these, answers of 400 and above.'),
        }),
        credits: z.object({
          granted_30d: creditField.balance.nullable().describe('In the last 30 days (UTC), the present one included.'),
          spent_30d: creditField.balance.nullable().describe('In the same days.'),
        }),
        partial: z.array(z.enum(STATS_SOURCES)),
        estimated: z
          .array(z.enum(STATS_ESTIMATED))
          .describe(
            'Figures that are not counted: what is more than 1,000 rows is estimated from the statistics of the database.',
          ),
      })
      .meta({ id: 'AdminStats' }),
  },
  errors: [...operatorRefusals, 'service.unavailable'],
});
