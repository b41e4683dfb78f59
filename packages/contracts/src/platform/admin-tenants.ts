import { z } from 'zod';
import { creditField } from '../credits/amounts.ts';
import { subscription } from '../credits/subscription.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { operatorReason } from '../operator-act.ts';
import { adminPage, adminPageOf, operatorRefusals } from './operators.ts';

/** Longest beginning of a name that is searched for, in characters. */
const SEARCH_CHARS_MAX = 100;
/** Most organisations that a search by a beginning finds. */
export const TENANTS_SEARCHED_MAX = 1_000;

const common = { owner: 'auth', family: 'platform', access: 'platform_admin' } as const;

export const tenantStatus = z.enum(['active', 'suspended', 'archived']).meta({ id: 'TenantStatus' });
export type TenantStatus = z.output<typeof tenantStatus>;

/** An organisation as operators list it. */
const adminTenant = z
  .object({
    id: field.id,
    name: shown.name,
    slug: z.string().nullable().describe('Null where an archived organisation has lost it.'),
    status: tenantStatus,
    owner: z
      .object({ user_id: field.id, email: shown.email.nullable() })
      .nullable()
      .describe('The active owner who joined first.'),
    plan: z.string().nullable(),
    tier: z.string(),
    members: z.number().int().nonnegative(),
    created_at: field.timestamp,
    suspended_at: field.timestamp.nullable(),
  })
  .meta({ id: 'AdminTenant' });

/** The same with what takes longer to find out. */
const adminTenantDetail = adminTenant
  .extend({
    subscription: subscription.nullable().describe('Null without one, and while the ledger does not answer.'),
    credits: z
      .object({ balance: creditField.balance, held: creditField.balance, debt: creditField.balance })
      .nullable()
      .describe('Null while the ledger does not answer.'),
    keys_active: z.number().int().nonnegative(),
    requests_24h: z
      .number()
      .int()
      .nonnegative()
      .nullable()
      .describe('Of the last 24 hours, by whole hours; null while usage does not answer.'),
    invites_pending: z.number().int().nonnegative(),
    suspended_reason: z.string().nullable(),
    last_active_at: field.timestamp
      .nullable()
      .describe('When a member last signed in, or a key of the organisation was last used.'),
    archived_at: field.timestamp.nullable(),
  })
  .meta({ id: 'AdminTenantDetail' });

export const adminListTenants = defineEndpoint({
  ...common,
  id: 'platform.adminListTenants',
  method: 'GET',
  path: '/platform/api/admin/tenants',
  summary: 'Organisations, for operators',
  description: `Newest first. \`q\` is an id, or the beginning of a name or slug; it finds ${TENANTS_SEARCHED_MAX} at most.`,
  query: z.object({
    ...adminPage,
    status: tenantStatus.optional(),
    plan: z.string().min(1).max(64).optional(),
    q: lineOfText(SEARCH_CHARS_MAX).optional(),
  }),
  responses: { 200: adminPageOf(adminTenant) },
  errors: ['request.invalid', ...operatorRefusals, 'service.unavailable'],
});

const params = z.object({ id: field.id });

export const adminGetTenant = defineEndpoint({
  ...common,
  id: 'platform.adminGetTenant',
  method: 'GET',
  path: '/platform/api/admin/tenants/:id',
  summary: 'An organisation, for operators',
  params,
  responses: { 200: adminTenantDetail },
  errors: ['request.invalid', ...operatorRefusals, 'resource.not_found', 'service.unavailable'],
});

export const adminSetTenantStatus = defineEndpoint({
  ...common,
  id: 'platform.adminSetTenantStatus',
  method: 'PUT',
  path: '/platform/api/admin/tenants/:id/status',
  summary: 'Suspend, restore or archive an organisation',
  description:
    'Within a second every token and key of a suspended organisation is refused at every edge (403 `tenant.suspended`), and open streams and sockets end; ' +
    'restored, they work again as they are. What its members do outside of it is not touched. An archived organisation can be restored for 30 days. ' +
    'A person gives a `reason` for each change, a programme to suspend; it is in the audit trail. The status that is there already changes nothing.',
  params,
  body: z
    .object({
      status: tenantStatus,
      reason: operatorReason,
    })
    .refine(({ status, reason }) => status !== 'suspended' || reason !== undefined, {
      message: 'Required to suspend',
      path: ['reason'],
    }),
  responses: { 200: adminTenantDetail },
  errors: [
    'request.invalid',
    ...operatorRefusals,
    'auth.reauthentication_required',
    'resource.not_found',
    'resource.conflict',
    'tenant.last_owner',
    'service.unavailable',
  ],
});
