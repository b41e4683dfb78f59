import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '../headers.ts';
import { creditField } from './amounts.ts';

const micro = z.string().describe('Micro-credits as digits.');

const errors = [
  'request.invalid',
  'auth.service_key_invalid',
  'auth.service_key_unconfigured',
  'service.unavailable',
] as const;

/** For operators who ask why a call was charged, or was not, and for a service that meets a hold which it did not make. */
export const inspectReservation = defineEndpoint({
  id: 'credits.inspectReservation',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/reservations/:id',
  access: 'service',
  summary: 'What became of a hold, and how its account stands',
  params: z.object({
    id: z
      .string()
      .min(1)
      .max(IDEMPOTENCY_KEY_CHARS_MAX)
      .describe('The `reservation_id`, or the `idempotency_key` it was reserved with.'),
  }),
  responses: {
    200: z.object({
      reservation_id: field.id,
      state: z.enum(['open', 'settled', 'released', 'expired']),
      amount_micro: micro,
      operation: creditField.operation.nullable(),
      price_version: z.number().int().nullable(),
      drawn_on: z.array(z.object({ grant_id: field.id, source: z.string(), amount_micro: micro })),
      created_at: field.timestamp,
      expires_at: field.timestamp,
      ended_at: field.timestamp.nullable(),
      ended_by: z.string().nullable(),
      charged_micro: micro.nullable(),
      account: z
        .object({ balance_micro: micro, held_micro: micro, debt_micro: micro, status: z.string() })
        .nullable()
        .describe('As it stands now; null for a hold that was never made.'),
    }),
  },
  errors: [...errors, 'resource.not_found'],
});

/** For the comparison of request records with the ledger. */
export const chargesOfDay = defineEndpoint({
  id: 'credits.chargesOfDay',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/charges',
  access: 'service',
  summary: 'What the calling service’s holds were charged on a day',
  description: 'By the day (UTC) on which the charge was written.',
  query: z.object({ day: z.iso.date().describe('Such as 2026-11-28.') }),
  responses: { 200: z.object({ charged_micro: micro, charges: z.number().int().nonnegative() }) },
  errors: [...errors],
});
