import Stripe from 'stripe';
import { unavailable } from '@turnpike/service-kit';
import { readInvoice, readSubscription, stripeCharge, type StripeInvoice, type StripeSubscription } from './shapes.ts';

/** Settings by which Stripe is spoken to. */
export interface StripeSettings {
  readonly STRIPE_SECRET_KEY?: string | undefined;
  readonly STRIPE_API_URL?: string | undefined;
}

/** Longest wait for one answer, in milliseconds: a person waits for it, or Stripe does. */
const TIMEOUT_MS = 5_000;
const RETRIES_MAX = 1;

/** A page that a person pays on. */
export interface CheckoutRequest {
  readonly customerId: string;
  readonly organisationId: string;
  readonly priceId: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly trialDays: number;
}

/** What is asked of Stripe, in our words. Outages are 503; what Stripe refuses is an error of ours. */
export interface StripeClient {
  /** Whether its money is real. */
  readonly livemode: boolean;
  subscription(ref: string): Promise<StripeSubscription>;
  invoice(ref: string): Promise<StripeInvoice>;
  /** Invoices that a charge paid, and whether all of it went back. */
  paidBy(chargeRef: string): Promise<{ customerId: string | undefined; refunded: boolean; invoices: string[] }>;
  createCustomer(organisationId: string): Promise<string>;
  createCheckout(request: CheckoutRequest): Promise<{ ref: string; url: string; expiresAt: Date }>;
  expireCheckout(ref: string): Promise<void>;
  portal(customerId: string, returnUrl: string): Promise<string>;
  /** Another price: charged for the rest of the period at once, or from the next period on. */
  changePrice(ref: string, itemId: string, priceId: string, when: 'now' | 'next_period'): Promise<void>;
  cancelAtPeriodEnd(ref: string, cancel: boolean): Promise<void>;
  cancel(ref: string): Promise<void>;
  /** The same; what was paid for the rest of its period is kept for the customer's next invoices. */
  cancelAndCredit(ref: string): Promise<void>;
  /** Whether invoices are made while the organisation is suspended: those of a paused one are void. */
  pause(ref: string, paused: boolean): Promise<void>;
  /** Ids of the subscriptions that have not ended. */
  runningSubscriptions(): AsyncIterable<string>;
}

/** The client, or `undefined` without a key. */
export function createStripeClient({
  STRIPE_SECRET_KEY: key,
  STRIPE_API_URL,
}: StripeSettings): StripeClient | undefined {
  if (key === undefined) return undefined;
  const stripe = new Stripe(key, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES_MAX,
    telemetry: false,
    ...addressOf(STRIPE_API_URL),
  });
  return {
    livemode: /^[a-z]+_live_/.test(key),
    subscription: async (ref) =>
      readSubscription(await asked(stripe.subscriptions.retrieve(ref, { expand: ['latest_invoice'] }))),
    invoice: async (ref) => readInvoice(await asked(stripe.invoices.retrieve(ref))),
    async paidBy(chargeRef) {
      const charge = stripeCharge.parse(await asked(stripe.charges.retrieve(chargeRef)));
      const facts = { customerId: charge.customer ?? undefined, refunded: charge.refunded };
      if (charge.invoice) return { ...facts, invoices: [charge.invoice] };
      if (!charge.payment_intent) return { ...facts, invoices: [] };
      const payment = { type: 'payment_intent', payment_intent: charge.payment_intent } as const;
      const { data } = await asked(stripe.invoicePayments.list({ payment }));
      return { ...facts, invoices: data.map(({ invoice }) => (typeof invoice === 'string' ? invoice : invoice.id)) };
    },
    async createCustomer(organisationId) {
      const customer = await asked(
        stripe.customers.create(
          { metadata: { organisation_id: organisationId } },
          { idempotencyKey: `turnpike-customer-${organisationId}` },
        ),
      );
      return customer.id;
    },
    async createCheckout({ customerId, organisationId, priceId, successUrl, cancelUrl, trialDays }) {
      const session = await asked(
        stripe.checkout.sessions.create({
          mode: 'subscription',
          customer: customerId,
          client_reference_id: organisationId,
          line_items: [{ price: priceId, quantity: 1 }],
          success_url: successUrl,
          cancel_url: cancelUrl,
          subscription_data: {
            metadata: { organisation_id: organisationId },
            ...(trialDays > 0 ? { trial_period_days: trialDays } : {}),
          },
        }),
      );
      if (!session.url) throw new Error('Stripe made a checkout without an address');
      return { ref: session.id, url: session.url, expiresAt: new Date(session.expires_at * 1_000) };
    },
    expireCheckout: async (ref) => void (await asked(stripe.checkout.sessions.expire(ref))),
    async portal(customerId, returnUrl) {
      const session = await asked(
        stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }),
      );
      return session.url;
    },
    async changePrice(ref, itemId, priceId, when) {
      await asked(
        stripe.subscriptions.update(ref, {
          items: [{ id: itemId, price: priceId }],
          ...(when === 'now'
            ? { proration_behavior: 'always_invoice', payment_behavior: 'pending_if_incomplete' }
            : { proration_behavior: 'none' }),
        }),
      );
    },
    cancelAtPeriodEnd: async (ref, cancel) =>
      void (await asked(stripe.subscriptions.update(ref, { cancel_at_period_end: cancel }))),
    cancel: async (ref) => void (await asked(stripe.subscriptions.cancel(ref))),
    cancelAndCredit: async (ref) =>
      void (await asked(stripe.subscriptions.cancel(ref, { prorate: true, invoice_now: true }))),
    pause: async (ref, paused) =>
      void (await asked(stripe.subscriptions.update(ref, { pause_collection: paused ? { behavior: 'void' } : '' }))),
    async *runningSubscriptions() {
      for await (const { id } of stripe.subscriptions.list({ limit: 100 })) yield id;
    },
  };
}

function addressOf(url: string | undefined) {
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port, protocol: protocol === 'http:' ? ('http' as const) : ('https' as const) };
}

/** An answer of Stripe's; an outage of it, and its own limits, are 503. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (
      error instanceof Stripe.errors.StripeConnectionError ||
      error instanceof Stripe.errors.StripeAPIError ||
      error instanceof Stripe.errors.StripeRateLimitError
    )
      throw unavailable('Stripe', error);
    throw error;
  }
}
