import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

export const usageFigures = defineEndpoint({
  id: 'usage.figures',
  owner: 'usage',
  family: 'internal',
  method: 'GET',
  path: '/internal/usage/figures',
  access: 'service',
  summary: 'How many requests there were in the last 24 hours',
  description:
    'Of everybody, or of an organisation; by whole hours, the present one included. From sums, never from records.',
  query: z.object({ organisation: field.id.optional() }),
  responses: {
    200: z.object({ requests_24h: z.int().nonnegative(), errors_24h: z.int().nonnegative() }),
  },
  errors: ['request.invalid', 'service.unavailable'],
});
