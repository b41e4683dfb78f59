import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { creditField, historyEntry, transactionType } from './amounts.ts';
import { account } from './operating.ts';
import { namesOneOwner, ownerMembers } from './owner.ts';

export const getBalance = defineEndpoint({
  id: 'credits.getBalance',
  owner: 'credits',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/credits/balance',
  access: 'user',
  scope: 'credits:read',
  summary: 'What the caller can spend',
  description:
    'Credits held for calls under way are not in `balance` until the call ends; expired ones never are. An account in debt reads 0.',
  responses: {
    200: z.object({
      balance: creditField.balance,
      lifetime_earned: creditField.balance.describe('Everything ever granted.'),
      lifetime_spent: creditField.balance.describe(
        'Everything ever charged, rounded up. Credits that expired were not spent.',
      ),
    }),
  },
  errors: ['auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const getAccount = defineEndpoint({
  id: 'credits.getAccount',
  owner: 'credits',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/credits/account',
  access: 'user',
  scope: 'credits:read',
  acceptsScoped: true,
  summary: "The caller's grants and open holds",
  description:
    'Exact amounts, what is left of each grant in the order in which it is spent, and what is held for calls under way. With a token of an organisation, its account.',
  responses: { 200: account.omit({ owner: true }).meta({ id: 'CreditAccount' }) },
  errors: ['auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const getHistory = defineEndpoint({
  id: 'credits.getHistory',
  owner: 'credits',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/credits/history',
  access: 'user',
  scope: 'credits:read',
  summary: "The caller's entries, newest first",
  description:
    'A bare array with `X-Total-Count`. Entries written while you page push older ones back: follow `Link: …; rel="next"`, whose `as_of` ' +
    'fixes the newest entry counted from, and no entry is skipped or repeated.',
  query: z.object({
    limit: field.limit,
    offset: field.offset,
    as_of: z
      .string()
      .regex(/^\d{1,18}$/, 'Must be taken from the Link header')
      .optional()
      .describe('Count from this entry rather than from the newest. Taken from `Link`.'),
  }),
  responses: { 200: z.array(historyEntry) },
  responseHeaders: ['X-Total-Count', 'Link'],
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const getCosts = defineEndpoint({
  id: 'credits.getCosts',
  owner: 'credits',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/credits/costs',
  access: 'public',
  summary: 'The price list',
  responses: {
    200: z.object({
      costs: z.record(z.string(), z.number().int()).describe('Whole credits per operation, rounded up.'),
    }),
  },
  errors: ['service.unavailable'],
});

export const adminGrant = defineEndpoint({
  id: 'credits.adminGrant',
  owner: 'credits',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/credits/admin/grant',
  access: 'platform_admin',
  risky: true,
  idempotent: true,
  summary: 'Give a user or an organisation credits',
  description:
    'Open debt is paid from the grant first. Each call grants anew unless it carries an `Idempotency-Key`. An organisation needs to have a credit account.',
  body: z
    .object({
      ...ownerMembers,
      amount: creditField.amount,
      transaction_type: transactionType.exclude(['generation', 'chat', 'temporal', 'expiry']).default('admin_grant'),
      description: creditField.description.nullish(),
      expires_at: field.givenTimestamp.nullish().describe('In the future; exclusive. Never, unless told.'),
      reason: operatorReason,
    })
    .refine(...namesOneOwner),
  responses: {
    200: z.object({ balance: creditField.balance, granted: z.number().int() }),
  },
  errors: [
    'request.invalid',
    'resource.not_found',
    'credits.account_closed',
    'auth.admin_key_invalid',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

const priceView = z
  .object({
    operation: creditField.operation,
    cost: z.number().nullable().describe('Credits, exact to a micro-credit; null once retired.'),
    transaction_type: transactionType,
    version: z
      .number()
      .int()
      .positive()
      .describe('Grows with every change. A reservation keeps the version it was made under.'),
  })
  .meta({ id: 'Price' });

const operationParams = z.object({ operation: creditField.operation });

export const setCost = defineEndpoint({
  id: 'credits.setCost',
  owner: 'credits',
  family: 'gateway',
  method: 'PUT',
  path: '/api/v1/credits/admin/costs/:operation',
  access: 'platform_admin',
  risky: true,
  summary: 'Set the price of an operation',
  description:
    'In force for the next reservation of every instance. Setting the price it already has changes nothing. What costs 0 is held and settled for nothing, whatever the balance.',
  params: operationParams,
  body: z.object({
    cost: creditField.price,
    transaction_type: transactionType.extract(['generation', 'chat', 'temporal', 'adjustment']).optional(),
    reason: operatorReason,
  }),
  responses: { 200: priceView },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'service.unavailable'],
});

export const retireCost = defineEndpoint({
  id: 'credits.retireCost',
  owner: 'credits',
  family: 'gateway',
  method: 'DELETE',
  path: '/api/v1/credits/admin/costs/:operation',
  access: 'platform_admin',
  risky: true,
  summary: 'Take an operation off the price list',
  description: 'It cannot be reserved any more. Holds already made keep their price.',
  params: operationParams,
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
  responses: { 200: priceView },
  errors: ['request.invalid', 'resource.not_found', 'auth.admin_key_invalid', 'service.unavailable'],
});

export const writeOffDebt = defineEndpoint({
  id: 'credits.writeOffDebt',
  owner: 'credits',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/credits/admin/write-off',
  access: 'platform_admin',
  risky: true,
  summary: "Forgive a user's or an organisation's debt",
  description:
    'An account in debt can hold and spend nothing until a grant has paid it. Repeating it forgives nothing more.',
  body: z
    .object({
      ...ownerMembers,
      reason: creditField.description.describe('For the books, 1–500 characters; name nobody in it.'),
    })
    .refine(...namesOneOwner),
  responses: { 200: z.object({ written_off: z.number().int().describe('Whole credits, rounded up.') }) },
  errors: ['request.invalid', 'resource.not_found', 'auth.admin_key_invalid', 'service.unavailable'],
});
