import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { userParams, userView } from './user.ts';

const common = { owner: 'users', family: 'gateway', access: 'platform_admin' } as const;
/** Acts on users are support's too. */
const act = { ...common, operatorRole: 'support' } as const;
const userErrors = ['auth.admin_key_invalid', 'resource.not_found', 'resource.gone', 'request.invalid'] as const;

/** What remains of an erasure: that it was asked for, where it has been, and when it was complete. No personal data. */
const erasureReceipt = z
  .object({
    id: field.id,
    user_id: field.id,
    requested_by: z.enum(['user', 'operator']),
    requested_at: field.timestamp,
    status: z.enum(['running', 'completed']),
    completed_at: field.timestamp.nullable(),
    steps: z.array(
      z.object({
        target: z
          .string()
          .describe('`auth`, `credits`, `redis`, or `backend:<name>`; what `users` held went with the request.'),
        status: z.enum(['pending', 'done']),
        attempts: z.number().int().nonnegative(),
        last_error: z.string().nullable(),
        erased: z
          .record(z.string(), z.number().int().nonnegative())
          .nullable()
          .describe('Rows or keys, by table, where the place tells.'),
        done_at: field.timestamp.nullable(),
      }),
    ),
  })
  .describe('Erasure receipt');

export const adminGetUser = defineEndpoint({
  ...common,
  id: 'users.adminGet',
  method: 'GET',
  path: '/api/v1/users/admin/:id',
  summary: 'Read a user',
  params: userParams,
  responses: { 200: userView },
  errors: userErrors,
});

export const adminSetTier = defineEndpoint({
  ...act,
  id: 'users.adminSetTier',
  method: 'PUT',
  path: '/api/v1/users/admin/:id/tier',
  summary: "Set a user's rate-limit tier",
  description:
    'Takes effect when the edges next ask about a credential of the user, at the latest when their cache of it ends.',
  params: userParams,
  body: z.object({ tier: field.tier, reason: operatorReason }),
  responses: { 200: userView },
  errors: userErrors,
});

export const adminSetStatus = defineEndpoint({
  ...act,
  id: 'users.adminSetStatus',
  method: 'PUT',
  path: '/api/v1/users/admin/:id/status',
  summary: 'Disable a user, or bring one back',
  description:
    'Disabling stops all access within a second: sessions and open streams end, API keys are suspended. Nothing is erased. Once the user is ' +
    'active again the keys work as before, and the user signs in anew. To end a key for good, delete it. The only active owner of an ' +
    'organisation with other members is refused (409): make somebody else an owner first.',
  params: userParams,
  body: z.object({ status: z.enum(['active', 'disabled']), reason: operatorReason }),
  responses: { 200: userView },
  errors: [...userErrors, 'tenant.last_owner', 'service.unavailable'],
});

export const adminEraseUser = defineEndpoint({
  ...act,
  risky: true,
  id: 'users.adminErase',
  method: 'POST',
  path: '/api/v1/users/admin/:id/erasures',
  summary: 'Erase a user',
  description:
    'The same as when a user deletes the own account. Answers with the receipt; the erasure goes on until every place has erased.',
  params: userParams,
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
  responses: { 202: erasureReceipt },
  errors: userErrors,
});

export const adminRetryErasure = defineEndpoint({
  ...act,
  id: 'users.adminRetryErasure',
  method: 'POST',
  path: '/api/v1/users/admin/erasures/:id/retry',
  summary: 'Try the open steps of an erasure now',
  description:
    'They are tried again by themselves, with growing pauses; this ends the pause. A complete erasure stays as it is.',
  params: z.object({ id: field.id }),
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
  responses: { 200: erasureReceipt },
  errors: ['auth.admin_key_invalid', 'resource.not_found', 'request.invalid'],
});

export const adminGetErasure = defineEndpoint({
  ...common,
  id: 'users.adminGetErasure',
  method: 'GET',
  path: '/api/v1/users/admin/erasures/:id',
  summary: 'The receipt of an erasure',
  params: z.object({ id: field.id }),
  responses: { 200: erasureReceipt },
  errors: ['auth.admin_key_invalid', 'resource.not_found', 'request.invalid'],
});

export const adminListErasures = defineEndpoint({
  ...common,
  id: 'users.adminListErasures',
  method: 'GET',
  path: '/api/v1/users/admin/erasures',
  summary: 'Receipts of erasures',
  query: z.object({
    user_id: field.id.optional(),
    status: z.enum(['running', 'all']).default('all'),
    order: z.enum(['newest', 'oldest']).default('newest').describe('By when it was asked for.'),
    limit: field.limit,
    offset: field.offset,
  }),
  responses: {
    200: z.object({
      items: z.array(erasureReceipt),
      total: z.number().int().describe('Erasures there are, counted up to 10,000.'),
      limit: z.number().int(),
      offset: z.number().int(),
    }),
  },
  errors: ['auth.admin_key_invalid', 'request.invalid'],
});
