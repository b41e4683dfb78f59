import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { platformPage, platformPageOf } from '../platform/tenants.ts';
import { creditField } from './amounts.ts';
import { creditOwner } from './owner.ts';

const common = { owner: 'credits', family: 'platform', access: 'platform_admin', method: 'GET' } as const;
const errors = ['request.invalid', 'service.unavailable'] as const;
const exact = z.number().describe('Credits, exact to a micro-credit.');
const owner = creditOwner.nullable().describe('Null for an owner who was erased.');

export const adminListDebts = defineEndpoint({
  ...common,
  id: 'credits.adminListDebts',
  path: '/platform/api/admin/ledger/debts',
  summary: 'Accounts in debt, the largest debt first',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(z.object({ owner, debt: exact, status: z.enum(['open', 'closed']) })) },
  errors,
});

export const adminListHolds = defineEndpoint({
  ...common,
  id: 'credits.adminListHolds',
  path: '/platform/api/admin/ledger/holds',
  summary: 'Open holds, those that end first before the others',
  description:
    'A hold whose end has passed is returned within seconds; one that stands here for longer tells of maintenance that does not run.',
  query: z.object(platformPage),
  responses: {
    200: platformPageOf(
      z.object({
        id: field.id,
        owner,
        amount: exact,
        operation: creditField.operation.nullable(),
        created_at: field.timestamp,
        expires_at: field.timestamp,
      }),
    ),
  },
  errors,
});

export const adminListExpiringGrants = defineEndpoint({
  ...common,
  id: 'credits.adminListExpiringGrants',
  path: '/platform/api/admin/ledger/expiring-grants',
  summary: 'Grants that expire with something left, the next ones first',
  query: z.object(platformPage),
  responses: {
    200: platformPageOf(
      z.object({ id: field.id, owner, source: z.string(), remaining: exact, expires_at: field.timestamp }),
    ),
  },
  errors,
});
