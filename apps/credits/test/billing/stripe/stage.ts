import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startStripe, type StripeStandIn } from '@turnpike/test-kit';
import { startBilling, type Billing, type Tenant } from '../start-billing.ts';

/** Plans that are paid through Stripe, of which a stand-in that signs as Stripe does is asked and told. All tests of a file share both. */

export const [SECRET, NEXT_SECRET] = ['whsec_first', 'whsec_next'];
const PRICE = { amount: 2900, currency: 'usd' };
const PLANS = {
  free: { credits: 50, period: 'month', public: true },
  pro: { credits: 500, period: 'month', tier: 'pro', public: true, price: PRICE, stripe_price_id: 'price_pro' },
  team: {
    credits: 1501,
    period: 'month',
    tier: 'enterprise',
    public: true,
    price: PRICE,
    stripe_price_id: 'price_team',
  },
  trial: {
    credits: 300,
    period: 'month',
    tier: 'pro',
    public: true,
    price: PRICE,
    stripe_price_id: 'price_trial',
    trial_days: 10,
  },
  yearly: {
    credits: 500,
    period: 'month',
    tier: 'pro',
    public: true,
    price: { ...PRICE, period: 'year' },
    stripe_price_id: 'price_year',
  },
};
export const START = '2030-01-31T00:00:00Z';
export const seconds = (moment: string): number => Date.parse(moment) / 1_000;
export let stripe: StripeStandIn;
export let billing: Billing;
let now = START;
/** Stops the clocks of the ledger and of Stripe. */
export async function setNow(moment: string): Promise<void> {
  now = moment;
  await billing.setNow(moment);
}

/** Starts both before the tests of this file, and looks at the ledger after each. */
export function shareStage(): void {
  beforeAll(async () => {
    stripe = await startStripe(() => Date.parse(now));
    billing = await startBilling(PLANS, {
      STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
      STRIPE_WEBHOOK_SECRET: `${SECRET},${NEXT_SECRET}`,
      STRIPE_API_URL: stripe.url,
      PLATFORM_APP_ORIGINS: 'https://app.example.com',
    });
  });
  beforeEach(() => setNow(START));
  afterEach(async () => {
    stripe.onUpdate = undefined;
    await billing.expectInvariantsHold();
  });
  afterAll(async () => {
    await billing.stop();
    await stripe.close();
  });
}

export interface Event {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean;
  readonly data: { readonly object: object };
}
export const eventOf = (type: string, object: object): Event => ({
  id: `evt_${uuidv7()}`,
  type,
  livemode: false,
  data: { object },
});

export function deliver(body: string, signature: string) {
  return fetch(`${billing.credits.app.url}/api/v1/credits/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
    body,
  });
}
export async function send(event: Event): Promise<void> {
  const body = JSON.stringify(event, undefined, 2);
  const answer = await deliver(body, stripe.sign(body, SECRET));
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
}

export interface Period {
  readonly start: string;
  readonly end: string;
}
export const JANUARY: Period = { start: START, end: '2030-02-28T00:00:00Z' };
export const FEBRUARY: Period = { start: '2030-02-28T00:00:00Z', end: '2030-03-31T00:00:00Z' };

/** What Stripe has of one subscription: itself and its invoices, in the shape of its API since basil, or before. */
export function subscriptionAtStripe(customer: string, price = 'price_pro', shape: 'basil' | 'earlier' = 'basil') {
  const id = `sub_${uuidv7()}`;
  const periodOf = ({ start, end }: Period) => ({
    current_period_start: seconds(start),
    current_period_end: seconds(end),
  });
  const set = (period: Period, more: object = {}, priceNow = price): void => {
    const own = { id: `si_${id}`, price: { id: priceNow } };
    const known = stripe.get('subscriptions', id);
    stripe.set('subscriptions', {
      ...known,
      id,
      customer,
      status: 'active',
      livemode: false,
      cancel_at_period_end: false,
      billing_cycle_anchor: seconds(START),
      ...(shape === 'earlier' ? periodOf(period) : {}),
      items: { data: [{ ...own, ...(shape === 'basil' ? periodOf(period) : {}) }] },
      latest_invoice: known?.['latest_invoice'] ?? null,
      ...more,
    });
  };
  const invoice = (
    period: Period,
    more: { price?: string; proration?: boolean; amount?: number; status?: string } = {},
  ) => {
    const line = { amount: more.amount ?? 2900, period: { start: seconds(period.start), end: seconds(period.end) } };
    const priced = more.price ?? price;
    const made = {
      id: `in_${uuidv7()}`,
      customer,
      status: more.status ?? 'paid',
      ...(shape === 'basil'
        ? {
            parent: { subscription_details: { subscription: id } },
            lines: {
              data: [
                {
                  ...line,
                  pricing: { price_details: { price: priced } },
                  parent: { subscription_item_details: { subscription: id, proration: more.proration ?? false } },
                },
              ],
            },
          }
        : {
            subscription: id,
            lines: { data: [{ ...line, price: { id: priced }, subscription: id, proration: more.proration ?? false }] },
          }),
    };
    stripe.set('invoices', made);
    stripe.set('subscriptions', { ...(stripe.get('subscriptions', id) ?? { id }), id, latest_invoice: made });
    return made;
  };
  return { id, set, invoice };
}

export async function checkout(planId = 'pro', tenant?: Tenant) {
  const owner = tenant ?? (await billing.tenant());
  const { status, body } = await billing.subscribe(owner, planId);
  expect([status, body['status']]).toEqual([202, 'incomplete']);
  const rows = await billing.owner.query<{ ref: string; customer: string }>(
    `SELECT s.checkout_ref AS ref, c.stripe_customer_id AS customer FROM subscription s JOIN billing_customer c USING (account_id)
       WHERE s.id = $1`,
    [body['id']],
  );
  return {
    tenant: owner,
    id: String(body['id']),
    url: body['checkout_url'],
    ...(rows.rows[0] as { ref: string; customer: string }),
  };
}

export async function paid(planId = 'pro', price = 'price_pro', period = JANUARY) {
  const begun = await checkout(planId);
  const at = subscriptionAtStripe(begun.customer, price);
  at.set(period);
  const invoice = at.invoice(period);
  await send(eventOf('invoice.paid', { id: invoice.id }));
  return { ...begun, at, invoice };
}
