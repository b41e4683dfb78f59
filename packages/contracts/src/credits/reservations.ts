import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, insteadOf } from '../fields.ts';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '../headers.ts';
import { creditField, transactionType } from './amounts.ts';
import { namesOneOwner, namesOwnerOnce, ownerMembers } from './owner.ts';

/** Longest hold that one call may ask for, in seconds; a stream extends its hold while it runs. */
const TTL_SECONDS_MAX = 3_600;

const ttlSeconds = z.number().int().min(1).max(TTL_SECONDS_MAX);
const callerKey = z.string().min(1).max(IDEMPOTENCY_KEY_CHARS_MAX);

const reservationParams = z.object({
  id: callerKey.describe(
    'The `reservation_id`, or the `idempotency_key` it was reserved with: a caller that never saw the answer has only that.',
  ),
});
/** A service that acts for a user names them here; one that acts for any owner, in the body. Another's reservation is then not found. */
const actingFor = z.object({ 'x-user-id': creditField.userId.optional() });
const ofOwner = {
  user_id: ownerMembers.user_id.describe("If given, another owner's reservation is not found."),
  owner: ownerMembers.owner.describe('The same for any owner.').meta(insteadOf('user_id')),
};
const available = creditField.balance.describe('What the owner can spend afterwards, in whole credits, rounded down.');
const namesOneAmount = (body: { readonly [member in 'operation' | 'amount' | 'amount_micro']?: unknown }): boolean =>
  [body.operation, body.amount, body.amount_micro].filter((given) => given !== undefined).length === 1;
const attempt = z.string().min(1).max(IDEMPOTENCY_KEY_CHARS_MAX);
const exactly = 'The same in micro-credits, exact.';

const internalErrors = [
  'request.invalid',
  'auth.service_key_invalid',
  'auth.service_key_unconfigured',
  'service.unavailable',
] as const;
const idempotencyErrors = ['idempotency.conflict', 'idempotency.in_progress'] as const;

export const reserveCredits = defineEndpoint({
  id: 'credits.reserve',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/reservations',
  access: 'service',
  hot: true,
  idempotent: true,
  summary: 'Hold credits for a call',
  description:
    'The `idempotency_key` names the hold: repeating the request returns the first answer with `Idempotency-Replayed: true`, another request ' +
    'or another `attempt` under the key is 409, and a key that was already released is 410. A refusal for lack of credits says `cost` and `balance`; of an `amount_micro` ' +
    'also `cost_micro` and `balance_micro`, exact.',
  body: z
    .object({
      ...ownerMembers,
      operation: creditField.operation.optional(),
      amount: creditField.amount.optional().meta(insteadOf('operation')),
      amount_micro: creditField.heldMicro.optional().meta(insteadOf('operation')),
      idempotency_key: callerKey,
      attempt: attempt
        .optional()
        .describe(
          'Names who is to work for the hold, where several may ask for it under one key. The hold is of the first; others get 409 while it is open and after.',
        ),
      ttl_seconds: ttlSeconds.optional().describe(`1–${TTL_SECONDS_MAX}; 300 unless configured otherwise.`),
      transaction_type: transactionType
        .extract(['generation', 'chat', 'temporal', 'llm', 'adjustment'])
        .optional()
        .describe('With `amount` or `amount_micro`; `generation` unless told.'),
    })
    .refine(namesOneAmount, { error: 'Give one of operation, amount and amount_micro', path: ['amount'] })
    .refine(...namesOneOwner),
  responses: {
    201: z.object({
      reservation_id: field.id.describe(
        'The `idempotency_key` itself where it is a UUID (version 7 ones sort by time), otherwise a UUID derived from it.',
      ),
      amount: creditField.usage.describe('What is held, in whole credits, rounded up.'),
      amount_micro: creditField.micro.describe(exactly),
      price_version: z.number().int().positive().optional().describe('Of the price it was made under.'),
      balance_after: available,
      balance_after_micro: z.string().describe(exactly),
      expires_at: field.timestamp,
    }),
  },
  errors: [
    ...internalErrors,
    ...idempotencyErrors,
    'auth.insufficient_credits',
    'credits.account_closed',
    'credits.operation_unknown',
    'credits.reservation_gone',
  ],
});

export const settleReservation = defineEndpoint({
  id: 'credits.settle',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/reservations/:id/settle',
  access: 'service',
  hot: true,
  idempotent: true,
  summary: 'Charge what a call cost',
  description:
    'Without `amount` or `amount_micro` the whole hold. Less returns the rest. More, and any settlement of a hold that has expired, takes what is free and ' +
    'makes debt of what is missing: a call that was made is charged. Repeating it returns the first answer, whatever `amount` says then.',
  params: reservationParams,
  headers: actingFor,
  bodyOptional: true,
  body: z
    .object({
      amount: creditField.usage.optional(),
      amount_micro: creditField.micro.optional().meta(insteadOf('amount')),
      ...ofOwner,
    })
    .refine((body) => body.amount === undefined || body.amount_micro === undefined, {
      error: 'Give either amount or amount_micro',
      path: ['amount_micro'],
    })
    .refine(...namesOwnerOnce),
  responses: {
    200: z.object({
      transaction_id: field.id,
      charged: z.number().int().describe('Whole credits, rounded up.'),
      charged_micro: z.string().describe(exactly),
      balance_after: available,
      balance_after_micro: z.string().describe(exactly),
    }),
  },
  errors: [...internalErrors, ...idempotencyErrors, 'resource.not_found', 'credits.reservation_resolved'],
});

export const releaseReservation = defineEndpoint({
  id: 'credits.release',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/reservations/:id/release',
  access: 'service',
  hot: true,
  idempotent: true,
  summary: 'Return a hold',
  description:
    'Releasing an unknown id is remembered (`released` 0), so that a reserve which arrives after it is refused with 410 rather than held for nobody.',
  params: reservationParams,
  headers: actingFor,
  bodyOptional: true,
  body: z.object(ofOwner).refine(...namesOwnerOnce),
  responses: { 200: z.object({ released: z.number().int(), balance_after: available }) },
  errors: [...internalErrors, ...idempotencyErrors, 'resource.not_found', 'credits.reservation_resolved'],
});

export const extendReservation = defineEndpoint({
  id: 'credits.extend',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/reservations/:id/extend',
  access: 'service',
  hot: true,
  summary: 'Keep a hold while its call runs',
  description:
    'The hold will not expire before `ttl_seconds` from now, and never later than a day after it was made. Never shortens.',
  params: reservationParams,
  headers: actingFor,
  body: z.object({ ttl_seconds: ttlSeconds, ...ofOwner }).refine(...namesOwnerOnce),
  responses: { 200: z.object({ reservation_id: field.id, expires_at: field.timestamp }) },
  errors: [...internalErrors, 'resource.not_found', 'credits.reservation_resolved'],
});
