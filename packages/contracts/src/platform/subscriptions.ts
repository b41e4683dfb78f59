import { z } from 'zod';
import { creditField } from '../credits/amounts.ts';
import { subscription } from '../credits/subscription.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { operatorReason } from '../operator-act.ts';
import { operatorRefusals } from './operators.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** Longest reference of an operator's invoice, in characters. */
const REFERENCE_CHARS_MAX = 100;
/** Periods that one invoice of an operator pays, at most. */
const PERIODS_MAX = 12;
/** Longest address that a browser is sent back to, in characters. */
const URL_CHARS_MAX = 2_000;

const common = { owner: 'credits', family: 'platform', access: 'tenant' } as const;

/** The name of a plan. */
export const planId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'Must be 1–32 lower-case letters, digits, _ and -')
  .meta({ id: 'PlanId', examples: ['pro'] });

/** What a plan is, whoever looks at it. */
export const planFacts = {
  id: planId,
  name: z.string(),
  description: z.string(),
  tier: z.string().describe('Rate-limit tier of an organisation on it.'),
  credits_per_period: creditField.balance.describe('Whole credits, rounded down.'),
  period: z.enum(['day', 'week', 'month', 'year']).describe('How often the credits come.'),
  price: z
    .object({
      amount: z.number().int().positive().describe('In the smallest unit of the currency, such as cents.'),
      currency: z.string(),
      period: z.enum(['month', 'year']),
    })
    .nullable()
    .describe('Null where none is stated.'),
  trial_days: z.number().int().nonnegative(),
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number().int()).describe('What an organisation on it may have at most.'),
  checkout: z
    .enum(['none', 'manual', 'stripe'])
    .describe('How one comes onto it: by asking, by an invoice of the operator, by paying.'),
} as const;

const catalogPlan = z
  .object({
    ...planFacts,
    current: z.boolean(),
    change: z.enum(['current', 'upgrade', 'downgrade']).nullable().describe('Null where there is no plan yet.'),
  })
  .meta({ id: 'CatalogPlan' });

export const listPlans = defineEndpoint({
  ...common,
  id: 'platform.listPlans',
  method: 'GET',
  path: '/platform/api/service/catalog/plans',
  minRole: LEAST_ROLE['plans.read'],
  summary: 'Plans that the organisation can be on',
  description: 'Those that are offered, and the present one, lowest first.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(catalogPlan) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

/** Where the browser goes when it comes back from the payment provider. */
const returnUrl = z
  .url({ protocol: /^https?$/ })
  .max(URL_CHARS_MAX)
  .optional()
  .describe('Of an origin of `PLATFORM_APP_ORIGINS`.');

export const subscribe = defineEndpoint({
  ...common,
  id: 'platform.subscribe',
  method: 'POST',
  path: '/platform/api/service/subscriptions',
  minRole: LEAST_ROLE['subscriptions.manage'],
  idempotent: true,
  summary: 'Choose a plan',
  description:
    'A free plan begins at once, with its credits (201). A paid one is 202 with `checkout_url`, and begins when it is paid; asked again within an hour, it is ' +
    'the same checkout. The present plan changes nothing. A higher one is paid by the running subscription and begins with the paid invoice; a lower one follows at ' +
    'the end of the period (`scheduled_plan_id`). Plans that are paid by invoice are for operators to give. A person has free credits in one organisation.',
  body: z.object({ plan_id: planId, success_url: returnUrl, cancel_url: returnUrl }),
  responses: { 200: subscription, 201: subscription, 202: subscription },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'auth.forbidden',
    'tenant.limit_reached',
    'subscription.exists',
    'billing.unconfigured',
    'credits.account_closed',
    'idempotency.conflict',
    'idempotency.in_progress',
    'service.unavailable',
  ],
});

export const listSubscriptions = defineEndpoint({
  ...common,
  id: 'platform.listSubscriptions',
  method: 'GET',
  path: '/platform/api/service/subscriptions',
  minRole: LEAST_ROLE['plans.read'],
  summary: 'Subscriptions of the organisation, former ones too',
  description: 'Newest first.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(subscription) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

export const currentSubscription = defineEndpoint({
  ...common,
  id: 'platform.currentSubscription',
  method: 'GET',
  path: '/platform/api/service/subscriptions/current',
  minRole: LEAST_ROLE['plans.read'],
  summary: 'The running subscription',
  description: 'Without one, the checkout that waits to be paid; without that, 404.',
  responses: { 200: subscription },
  errors: [...tenantRefusals, 'resource.not_found', 'service.unavailable'],
});

export const changeSubscription = defineEndpoint({
  ...common,
  id: 'platform.changeSubscription',
  method: 'PATCH',
  path: '/platform/api/service/subscriptions/current',
  minRole: LEAST_ROLE['subscriptions.manage'],
  summary: 'Undo a planned change',
  description: '`cancel_at_period_end: false` lets it run on, `scheduled_plan_id: null` keeps the present plan.',
  body: z
    .object({ cancel_at_period_end: z.literal(false).optional(), scheduled_plan_id: z.null().optional() })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      message: 'Send `cancel_at_period_end` or `scheduled_plan_id`',
      path: ['cancel_at_period_end'],
    }),
  responses: { 200: subscription },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'resource.not_found',
    'subscription.exists',
    'billing.unconfigured',
    'service.unavailable',
  ],
});

export const cancelSubscription = defineEndpoint({
  ...common,
  id: 'platform.cancelSubscription',
  method: 'DELETE',
  path: '/platform/api/service/subscriptions/current',
  minRole: LEAST_ROLE['subscriptions.manage'],
  summary: 'Leave the plan',
  description:
    'At the end of the period where it is paid through Stripe, else at once. Credits that were granted stay until they expire.',
  responses: { 200: subscription },
  errors: [...tenantRefusals, 'resource.not_found', 'billing.unconfigured', 'service.unavailable'],
});

export const openBillingPortal = defineEndpoint({
  ...common,
  id: 'platform.openBillingPortal',
  method: 'POST',
  path: '/platform/api/service/billing/portal',
  minRole: LEAST_ROLE['subscriptions.manage'],
  summary: 'A page where invoices are seen and paid, and the card is changed',
  description: 'Of the payment provider. 404 for an organisation that never paid through one.',
  body: z.object({ return_url: returnUrl }),
  bodyOptional: true,
  responses: { 200: z.object({ url: z.url(), expires_at: field.timestamp }).meta({ id: 'BillingPortal' }) },
  errors: ['request.invalid', ...tenantRefusals, 'resource.not_found', 'billing.unconfigured', 'service.unavailable'],
});

export const adminSetSubscription = defineEndpoint({
  owner: 'credits',
  family: 'platform',
  access: 'platform_admin',
  risky: true,
  id: 'platform.adminSetSubscription',
  method: 'PUT',
  path: '/platform/api/admin/tenants/:id/subscription',
  summary: 'Put an organisation on a plan, by an invoice of the operator',
  description:
    'Each `reference` pays `periods` of the plan, once: the same reference again changes nothing. A further one of the same plan goes on where the paid time ends; ' +
    'one of another plan begins it at once. Unpaid, the subscription is `past_due`, and ends after `BILLING_GRACE_DAYS`. `plan_id: null` ends it. One that is paid ' +
    'through a payment provider is ended there first (409).',
  params: z.object({ id: field.id }),
  body: z
    .object({
      plan_id: planId.nullable(),
      provider: z.literal('manual').default('manual'),
      reference: lineOfText(REFERENCE_CHARS_MAX).optional().describe('The number of the invoice.'),
      periods: z.number().int().min(1).max(PERIODS_MAX).default(1).describe('Periods of the plan that it pays.'),
      anchor_at: field.givenTimestamp
        .optional()
        .describe('When the first of them begins: now, unless said, or where the paid time ends.'),
      reason: operatorReason,
    })
    .refine(({ plan_id: plan, reference }) => plan === null || reference !== undefined, {
      message: 'Required',
      path: ['reference'],
    }),
  responses: { 200: subscription.nullable() },
  errors: [
    'request.invalid',
    ...operatorRefusals,
    'resource.not_found',
    'subscription.exists',
    'credits.account_closed',
    'service.unavailable',
  ],
});
