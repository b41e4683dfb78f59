import { z } from 'zod';

/**
 * What is read of Stripe's objects, by the names of its API before and since `2025-03-31.basil`, which moved the period of a subscription to its items
 * and an invoice's subscription into `parent`. Everything else of them is left alone.
 */

const reference = z
  .union([z.string(), z.object({ id: z.string() })])
  .transform((value) => (typeof value === 'string' ? value : value.id));
const moment = z
  .number()
  .int()
  .positive()
  .transform((seconds) => new Date(seconds * 1_000));

const item = z.object({
  id: z.string(),
  price: reference,
  current_period_start: moment.optional(),
  current_period_end: moment.optional(),
});

const subscriptionShape = z.object({
  id: z.string(),
  customer: reference,
  status: z.string(),
  livemode: z.boolean(),
  cancel_at_period_end: z.boolean().default(false),
  billing_cycle_anchor: moment,
  trial_start: moment.nullish(),
  trial_end: moment.nullish(),
  current_period_start: moment.optional(),
  current_period_end: moment.optional(),
  items: z.object({ data: z.array(item).min(1) }),
  latest_invoice: z.unknown(),
});

/** A subscription as Stripe has it now. */
export interface StripeSubscription {
  readonly ref: string;
  readonly customerId: string;
  readonly status: string;
  readonly livemode: boolean;
  readonly itemId: string;
  readonly priceId: string;
  /** `undefined` where Stripe does not say: what is known is kept. */
  readonly periodStart: Date | undefined;
  readonly periodEnd: Date | undefined;
  readonly anchorAt: Date;
  readonly cancelAtPeriodEnd: boolean;
  readonly trialStart: Date | undefined;
  readonly trialEnd: Date | undefined;
  /** The last invoice, where it came along whole. */
  readonly latestInvoice: StripeInvoice | undefined;
}

/** Reads a subscription. Throws for what is none. */
export function readSubscription(given: unknown): StripeSubscription {
  const found = subscriptionShape.parse(given);
  const [first] = found.items.data;
  if (first === undefined) throw new Error('a subscription without items');
  const invoice = invoiceShape.safeParse(found.latest_invoice);
  return {
    ref: found.id,
    customerId: found.customer,
    status: found.status,
    livemode: found.livemode,
    itemId: first.id,
    priceId: first.price,
    periodStart: first.current_period_start ?? found.current_period_start,
    periodEnd: first.current_period_end ?? found.current_period_end,
    anchorAt: found.billing_cycle_anchor,
    cancelAtPeriodEnd: found.cancel_at_period_end,
    trialStart: found.trial_start ?? undefined,
    trialEnd: found.trial_end ?? undefined,
    latestInvoice: invoice.success ? invoiceOf(invoice.data) : undefined,
  };
}

const prorated = z.object({ subscription: reference.nullish(), proration: z.boolean().default(false) });
const line = z.object({
  amount: z.number().int(),
  period: z.object({ start: moment, end: moment }),
  // Where they are, then where they were.
  parent: z
    .object({ subscription_item_details: prorated.nullish(), invoice_item_details: prorated.nullish() })
    .nullish(),
  pricing: z.object({ price_details: z.object({ price: reference }).nullish() }).nullish(),
  subscription: reference.nullish(),
  proration: z.boolean().optional(),
  price: reference.nullish(),
});

const invoiceShape = z.object({
  id: z.string(),
  status: z.string().nullish(),
  customer: reference.nullish(),
  parent: z.object({ subscription_details: z.object({ subscription: reference.nullish() }).nullish() }).nullish(),
  subscription: reference.nullish(),
  lines: z.object({ data: z.array(line) }),
});

/** An invoice as Stripe has it now. */
export interface StripeInvoice {
  readonly ref: string;
  readonly paid: boolean;
  readonly customerId: string | undefined;
  /** `undefined` for one that is no subscription's. */
  readonly subscriptionRef: string | undefined;
  readonly lines: readonly StripeLine[];
}

/** One of its lines; amounts in the smallest unit of the currency. */
export interface StripeLine {
  readonly amount: number;
  readonly priceId: string | undefined;
  readonly start: Date;
  readonly end: Date;
  /** The rest of a period, after a change within it. */
  readonly proration: boolean;
}

/** Reads an invoice. Throws for what is none. */
export function readInvoice(given: unknown): StripeInvoice {
  return invoiceOf(invoiceShape.parse(given));
}

function invoiceOf(found: z.output<typeof invoiceShape>): StripeInvoice {
  return {
    ref: found.id,
    paid: found.status === 'paid',
    customerId: found.customer ?? undefined,
    subscriptionRef: found.parent?.subscription_details?.subscription ?? found.subscription ?? undefined,
    lines: found.lines.data.map((each) => {
      const details = each.parent?.subscription_item_details ?? each.parent?.invoice_item_details;
      return {
        amount: each.amount,
        priceId: each.pricing?.price_details?.price ?? each.price ?? undefined,
        start: each.period.start,
        end: each.period.end,
        proration: details?.proration ?? each.proration ?? false,
      };
    }),
  };
}

/** What is read of an event: what it is about. What that looks like now is asked of Stripe. */
export const stripeEvent = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(128),
  livemode: z.boolean(),
  data: z.object({
    object: z.looseObject({
      id: z.string().min(1).max(255).optional(),
      subscription: reference.nullish(),
      charge: reference.nullish(),
      status: z.string().nullish(),
      client_reference_id: z.string().nullish(),
    }),
  }),
});
export type StripeEvent = z.output<typeof stripeEvent>;

/** A charge: whether all of it went back, and what it paid. */
export const stripeCharge = z.object({
  id: z.string(),
  refunded: z.boolean(),
  customer: reference.nullish(),
  payment_intent: reference.nullish(),
  // Until `2025-03-31.basil`.
  invoice: reference.nullish(),
});
