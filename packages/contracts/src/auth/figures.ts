import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

const count = z.int().nonnegative();

export const authFigures = defineEndpoint({
  id: 'auth.figures',
  owner: 'auth',
  family: 'internal',
  method: 'GET',
  path: '/internal/auth/figures',
  access: 'service',
  summary: 'How many organisations, people who sign in, and keys there are',
  description: 'Up to a minute old.',
  responses: {
    200: z.object({
      tenants: z.object({ total: count, active: count, suspended: count, archived: count }),
      users_active_30d: count,
      keys_active: count,
      // The release of 29 November 2026 counts all, and leaves it out.
      estimated: z
        .array(z.enum(['tenants', 'users_active_30d', 'keys_active']))
        .optional()
        .describe('What is many, and taken from statistics.'),
    }),
  },
  errors: ['service.unavailable'],
});
