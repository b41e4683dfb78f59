import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { erasureEndpoint, exportEndpoint } from '../users/personal-data.ts';
import { creditField, CREDITS_MAX, transactionType } from './amounts.ts';
import { creditOwner, namesOneOwner, ownerMembers, ownerParameters } from './owner.ts';

/** Longest source name and source reference, in characters. */
const SOURCE_CHARS_MAX = 64;
const SOURCE_REF_CHARS_MAX = 255;

const internalErrors = [
  'request.invalid',
  'auth.service_key_invalid',
  'auth.service_key_unconfigured',
  'service.unavailable',
] as const;

export const checkCredits = defineEndpoint({
  id: 'credits.check',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/check',
  access: 'service',
  summary: 'Whether an owner could pay a cost now',
  description: 'A snapshot, not a promise: reserve to be sure.',
  query: z
    .object({
      ...ownerParameters,
      cost: z
        .string()
        .regex(/^[1-9]\d{0,9}$/, 'Must be a whole number of credits')
        .transform(Number)
        .describe('Whole credits, in plain digits.'),
    })
    .refine(...namesOneOwner),
  responses: { 200: z.object({ sufficient: z.boolean(), balance: creditField.balance }) },
  errors: [...internalErrors],
});

export const readBalance = defineEndpoint({
  id: 'credits.readBalance',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/balance',
  access: 'service',
  summary: "An owner's balance",
  description: 'The same as a user reads, what is held and what is owed; zeros for an owner without an account.',
  query: z.object(ownerParameters).refine(...namesOneOwner),
  responses: {
    200: z.object({
      balance: creditField.balance,
      held: creditField.balance.describe('Held for calls under way, rounded up.'),
      debt: creditField.balance.describe('What charges took beyond the credits that were there, rounded up.'),
      lifetime_earned: creditField.balance,
      lifetime_spent: creditField.balance,
    }),
  },
  errors: [...internalErrors],
});

export const spendCredits = defineEndpoint({
  id: 'credits.spend',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/spend',
  access: 'service',
  idempotent: true,
  summary: 'Charge at once',
  description:
    'For charges that need no hold. Too few credits is an answer (`success` false), not an error, and changes nothing.',
  body: z
    .object({
      ...ownerMembers,
      cost: creditField.amount,
      transaction_type: transactionType.extract(['generation', 'chat', 'temporal', 'adjustment']).default('generation'),
      description: creditField.description.nullish(),
    })
    .refine(...namesOneOwner),
  responses: {
    200: z.discriminatedUnion('success', [
      z.object({ success: z.literal(true), transaction_id: field.id, balance_after: creditField.balance }),
      z.object({
        success: z.literal(false),
        error: z.literal('insufficient_credits'),
        balance_after: creditField.balance,
      }),
    ]),
  },
  errors: [...internalErrors, 'credits.account_closed', 'idempotency.conflict', 'idempotency.in_progress'],
});

export const openAccount = defineEndpoint({
  id: 'credits.openAccount',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/accounts',
  access: 'service',
  summary: 'Open the account of a new user or organisation',
  description:
    'Grants the sign-up credits, once. What erased accounts of the same lineage owe moves to this one first. Safe to repeat.',
  body: z
    .object({
      ...ownerMembers,
      signup_credits: z.number().int().min(0).max(CREDITS_MAX).describe(`Whole credits, 0–${CREDITS_MAX}.`),
      lineage_id: field.id
        .optional()
        .describe('The accounts that the person has or had, where that is known; users only.'),
    })
    .refine(...namesOneOwner)
    .refine(({ lineage_id, owner }) => lineage_id === undefined || owner?.type !== 'organisation', {
      error: 'An organisation has no lineage',
      path: ['lineage_id'],
    }),
  responses: { 200: z.object({ user_id: field.id.optional().describe('Of a user.'), owner: creditOwner }) },
  errors: [...internalErrors, 'resource.gone', 'credits.account_closed'],
});

export const grantCredits = defineEndpoint({
  id: 'credits.grant',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/grants',
  access: 'service',
  idempotent: true,
  summary: 'Grant credits once per source and reference',
  description:
    'A sign-up, a purchase or a webhook delivered twice grants once: the second answer has `created` false and the first amount. ' +
    'Lower `priority` is spent first; among equals, what expires earlier.',
  body: z
    .object({
      ...ownerMembers,
      amount: creditField.amount,
      source: z
        .string()
        .regex(/^[a-z][a-z0-9_.:-]*$/)
        .max(SOURCE_CHARS_MAX)
        .describe('Where the credits come from, such as `signup_bonus` or `stripe`.'),
      source_ref: z
        .string()
        .min(1)
        .max(SOURCE_REF_CHARS_MAX)
        .describe('The one thing at the source that is granted for: a user id, a payment id.'),
      transaction_type: transactionType
        .exclude(['generation', 'chat', 'temporal', 'expiry'])
        .describe('How the history shows it.'),
      description: creditField.description.nullish(),
      priority: z.number().int().min(0).max(1_000).default(100),
      expires_at: field.givenTimestamp.nullish().describe('In the future; exclusive. Never, unless told.'),
    })
    .refine(...namesOneOwner),
  responses: {
    200: z.object({
      grant_id: field.id,
      granted: z.number().int(),
      balance: creditField.balance,
      created: z.boolean(),
    }),
  },
  errors: [
    ...internalErrors,
    'resource.gone',
    'credits.account_closed',
    'idempotency.conflict',
    'idempotency.in_progress',
  ],
});

export const voidGrant = defineEndpoint({
  id: 'credits.voidGrant',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/grants/:id/void',
  access: 'service',
  summary: 'Take back what is left of a grant',
  description:
    'For a payment that was reversed. What was spent stays spent; what is held stays held and goes back when its hold ends. Repeating it ' +
    'takes nothing more.',
  params: z.object({ id: field.id }),
  responses: { 200: z.object({ voided: z.number().int(), balance: creditField.balance }) },
  errors: [...internalErrors, 'resource.not_found'],
});

/** Name of a plan in the configuration. */
const planId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/);

export const startAllowance = defineEndpoint({
  id: 'credits.startAllowance',
  owner: 'credits',
  family: 'internal',
  method: 'PUT',
  path: '/internal/credits/allowances/:plan',
  access: 'service',
  summary: 'Put an owner on a plan',
  description:
    'The periods that have begun are granted at once, later ones when they begin; each once, however often the schedule runs or is missed. ' +
    'Who is on the plan already stays as they are. Who left it returns to the old anchor and is granted from the next period on.',
  params: z.object({ plan: planId }),
  body: z
    .object({
      ...ownerMembers,
      anchor_at: field.givenTimestamp
        .optional()
        .describe('Start of the first period; now, unless told. At most ten years back.'),
    })
    .refine(...namesOneOwner),
  responses: { 200: z.object({ plan: planId, anchor_at: field.timestamp, next_grant_at: field.timestamp }) },
  errors: [...internalErrors, 'resource.not_found', 'resource.gone', 'credits.account_closed'],
});

export const endAllowance = defineEndpoint({
  id: 'credits.endAllowance',
  owner: 'credits',
  family: 'internal',
  method: 'DELETE',
  path: '/internal/credits/allowances/:plan',
  access: 'service',
  summary: 'Take an owner off a plan',
  description: 'What was granted stays.',
  params: z.object({ plan: planId }),
  query: z.object(ownerParameters).refine(...namesOneOwner),
  responses: { 200: z.object({ ended: z.boolean().describe('False where the owner was not on the plan.') }) },
  errors: [...internalErrors],
});

export const closeAccount = defineEndpoint({
  id: 'credits.closeAccount',
  owner: 'credits',
  family: 'internal',
  method: 'POST',
  path: '/internal/credits/accounts/close',
  access: 'service',
  summary: 'Close a credit account',
  description:
    'New holds, charges and grants are 423 from then on; holds already made resolve as ever. Repeating it changes nothing.',
  body: z.object(ownerMembers).refine(...namesOneOwner),
  responses: {
    200: z.object({
      closed: z.boolean().describe('False where the owner has no account.'),
      open_reservations: z.number().int(),
    }),
  },
  errors: [...internalErrors],
});

export const eraseCredits = erasureEndpoint('credits');
export const exportCredits = exportEndpoint('credits');
