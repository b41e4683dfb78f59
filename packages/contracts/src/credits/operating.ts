import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { platformPage, platformPageOf } from '../platform/tenants.ts';
import { creditField, transactionType } from './amounts.ts';
import { creditOwner, namesOneOwner, ownerParameters } from './owner.ts';

const common = { owner: 'credits', family: 'platform', access: 'platform_admin' } as const;
const errors = ['request.invalid', 'service.unavailable'] as const;

/** Grants and holds that an account is shown with; there may be more. */
export const ACCOUNT_PARTS_MAX = 100;

const exact = z.number().describe('Credits, exact to a micro-credit.');

const grant = z
  .object({
    id: field.id,
    source: z.string(),
    amount: exact,
    remaining: exact,
    held: exact,
    priority: z.number().int().describe('Lower is spent first.'),
    created_at: field.timestamp,
    expires_at: field.timestamp.nullable(),
  })
  .meta({ id: 'AdminGrant' });

const hold = z
  .object({
    id: field.id,
    amount: exact,
    operation: creditField.operation.nullable(),
    created_at: field.timestamp,
    expires_at: field.timestamp.describe('When it is returned unless it is settled or extended before.'),
  })
  .meta({ id: 'AdminHold' });

export const account = z
  .object({
    owner: creditOwner,
    status: z.enum(['open', 'closed']),
    available: exact,
    held: exact,
    debt: exact,
    earned: exact,
    spent: exact,
    entries: z.number().int().nonnegative(),
    grants: z.array(grant).describe(`What is left, in the order in which it is spent; at most ${ACCOUNT_PARTS_MAX}.`),
    holds: z.array(hold).describe(`Open ones, newest first; at most ${ACCOUNT_PARTS_MAX}.`),
  })
  .meta({ id: 'AdminAccount' });

export const adminGetAccount = defineEndpoint({
  ...common,
  id: 'credits.adminGetAccount',
  method: 'GET',
  path: '/platform/api/admin/account',
  summary: 'The credit account of a user or an organisation, with its grants and open holds',
  query: z.object(ownerParameters).refine(...namesOneOwner),
  responses: { 200: account },
  errors: [...errors, 'resource.not_found'],
});

/** An entry of an account, with exact amounts. */
export const accountEntry = z.object({
  seq: z.number().int().positive().describe('Number within the account, without a gap.'),
  amount: exact.describe('Negative where credits went out.'),
  balance_after: exact.describe('Credits, held ones included, less debt.'),
  type: transactionType,
  operation: creditField.operation.nullable(),
  description: z.string(),
  created_at: field.timestamp,
});

export const adminListEntries = defineEndpoint({
  ...common,
  id: 'credits.adminListEntries',
  method: 'GET',
  path: '/platform/api/admin/account/entries',
  summary: "An account's entries, newest first",
  query: z
    .object({
      ...ownerParameters,
      ...platformPage,
      as_of: z
        .string()
        .regex(/^\d{1,18}$/)
        .optional()
        .describe('Count from this entry rather than from the newest, as the first page said.'),
    })
    .refine(...namesOneOwner),
  responses: { 200: platformPageOf(accountEntry).extend({ as_of: z.string() }) },
  errors,
});

const price = z
  .object({
    operation: creditField.operation,
    version: z.number().int().positive(),
    cost: exact.nullable().describe('Credits, exact to a micro-credit; null once retired.'),
    transaction_type: transactionType,
    source: z.enum(['file', 'admin']).describe('The price file, or an operator.'),
    set_at: field.timestamp,
    set_by: z
      .object({ id: field.id.nullable(), name: z.string() })
      .nullable()
      .describe('The operator, as far as the audit trail still knows; null for the file.'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'AdminPrice' });

export const adminListPrices = defineEndpoint({
  ...common,
  id: 'credits.adminListPrices',
  method: 'GET',
  path: '/platform/api/admin/prices',
  summary: 'The price list as it is, retired operations included',
  description: 'By operation. A price is in force for every hold that is made after it was set.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(price) },
  errors,
});

export const adminListPriceVersions = defineEndpoint({
  ...common,
  id: 'credits.adminListPriceVersions',
  method: 'GET',
  path: '/platform/api/admin/prices/:operation/versions',
  summary: 'Every price that an operation had, newest first',
  params: z.object({ operation: creditField.operation }),
  query: z.object(platformPage),
  responses: { 200: platformPageOf(price) },
  errors,
});

export const adminGetLedger = defineEndpoint({
  ...common,
  id: 'credits.adminGetLedger',
  method: 'GET',
  path: '/platform/api/admin/ledger',
  summary: 'What the last verification found, and how far behind the clock due work is',
  responses: {
    200: z.object({
      verification: z.object({
        running: z.boolean(),
        checked_at: field.timestamp
          .nullable()
          .describe('Of the invariant that was checked longest ago; null before the first.'),
        invariants: z.array(
          z.object({
            id: z.string(),
            number: z.number().int().nullable().describe('In the README of credits.'),
            rule: z.string(),
            violations: z.number().int().nonnegative(),
            checked_at: field.timestamp,
          }),
        ),
      }),
      totals: z
        .object({
          accounts: z.number().int().nonnegative(),
          available: exact,
          held: exact,
          debt: exact,
          earned: exact,
          spent: exact,
          counted_at: field.timestamp,
        })
        .nullable()
        .describe('Over all accounts, as the last verification counted; null before the first.'),
      lag: z.array(
        z.object({ job: z.string(), seconds: z.number().describe('How far behind the clock its oldest due work is.') }),
      ),
    }),
  },
  errors: ['service.unavailable'],
});

export const adminVerifyLedger = defineEndpoint({
  ...common,
  id: 'credits.adminVerifyLedger',
  method: 'POST',
  path: '/platform/api/admin/ledger/verifications',
  summary: 'Verify the ledger now',
  description:
    'Reads the whole ledger on a connection of its own, without a lock; no call waits for it. One at a time over all instances: 409 while one runs. What it finds ' +
    'is read from the ledger’s state.',
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
  responses: { 202: z.object({ running: z.literal(true) }) },
  errors: [...errors, 'resource.conflict'],
});
