import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startStripe, type StripeStandIn } from '@turnpike/test-kit';
import { startBilling, type Billing, type Tenant } from './start-billing.ts';

/** Plans that are paid through Stripe, of which a stand-in that signs as Stripe does is asked and told. */

const [SECRET, NEXT_SECRET] = ['whsec_first', 'whsec_next'];
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
const START = '2030-01-31T00:00:00Z';
const seconds = (moment: string): number => Date.parse(moment) / 1_000;

let stripe: StripeStandIn;
let billing: Billing;
let now = START;
/** Stops the clocks of the ledger and of Stripe. */
async function setNow(moment: string): Promise<void> {
  now = moment;
  await billing.setNow(moment);
}
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

interface Event {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean;
  readonly data: { readonly object: object };
}
const eventOf = (type: string, object: object): Event => ({
  id: `evt_${uuidv7()}`,
  type,
  livemode: false,
  data: { object },
});

function deliver(body: string, signature: string) {
  return fetch(`${billing.credits.app.url}/api/v1/credits/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
    body,
  });
}
async function send(event: Event): Promise<void> {
  const body = JSON.stringify(event, undefined, 2);
  const answer = await deliver(body, stripe.sign(body, SECRET));
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
}

interface Period {
  readonly start: string;
  readonly end: string;
}
const JANUARY: Period = { start: START, end: '2030-02-28T00:00:00Z' };
const FEBRUARY: Period = { start: '2030-02-28T00:00:00Z', end: '2030-03-31T00:00:00Z' };

/** What Stripe has of one subscription: itself and its invoices, in the shape of its API since basil, or before. */
function subscriptionAtStripe(customer: string, price = 'price_pro', shape: 'basil' | 'earlier' = 'basil') {
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

async function checkout(planId = 'pro', tenant?: Tenant) {
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

async function paid(planId = 'pro', price = 'price_pro', period = JANUARY) {
  const begun = await checkout(planId);
  const at = subscriptionAtStripe(begun.customer, price);
  at.set(period);
  const invoice = at.invoice(period);
  await send(eventOf('invoice.paid', { id: invoice.id }));
  return { ...begun, at, invoice };
}

describe('a checkout', () => {
  test('is the same for whoever asks again, gives nothing, and leads back to our own pages only', async () => {
    const { tenant, id, url, ref, customer } = await checkout();
    expect(url).toBe(`https://pay.example.com/${ref}`);
    const again = await billing.subscribe(tenant, 'pro');
    expect(again.body).toMatchObject({ id, checkout_url: url });
    expect(await billing.balance(tenant)).toBe(0);
    const request = stripe.requests.findLast(({ path }) => path === '/v1/checkout/sessions');
    expect(Object.fromEntries(request?.fields ?? [])).toMatchObject({
      customer,
      client_reference_id: tenant.id,
      'line_items[0][price]': 'price_pro',
      success_url: 'https://app.example.com',
    });
    const elsewhere = { plan_id: 'team', success_url: 'https://app.example.com.evil.example/' };
    for (const plan_id of ['team', 'pro', 'free'])
      expect((await billing.as(tenant, 'POST', '/subscriptions', { ...elsewhere, plan_id })).body).toMatchObject({
        status: 422,
        errors: [{ path: 'body.success_url' }],
      });
    expect((await billing.as(tenant, 'GET', '/subscriptions/current', undefined, 'viewer')).body).toMatchObject({
      checkout_url: null,
    });
  });

  test('that is left is none', async () => {
    const { tenant, ref } = await checkout();
    expect((await billing.as(tenant, 'DELETE', '/subscriptions/current')).body).toMatchObject({ status: 'canceled' });
    expect(stripe.get('checkout/sessions', ref)).toMatchObject({ status: 'expired' });
  });
});

/** Every order of some things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, index) => orders(things.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

test('events in all their orders, each twice, make one subscription and one grant', async () => {
  const seen = new Set<string>();
  for (const order of orders([0, 1, 2, 3])) {
    const { tenant, id, ref, customer } = await checkout();
    const at = subscriptionAtStripe(customer);
    at.set(JANUARY);
    const invoice = at.invoice(JANUARY);
    const events = [
      eventOf('checkout.session.completed', { id: ref, subscription: at.id, client_reference_id: tenant.id }),
      eventOf('customer.subscription.created', { id: at.id, status: 'incomplete' }),
      eventOf('customer.subscription.updated', { id: at.id }),
      eventOf('invoice.paid', { id: invoice.id }),
    ];
    for (const index of [...order, ...order]) await send(events[index] as Event);
    const { body } = await billing.current(tenant);
    expect(body['id']).toBe(id);
    seen.add(JSON.stringify({ ...body, id: '' }));
    expect(await billing.grantsOf(tenant)).toEqual([['2030-01-31', 500, 'plan:pro']]);
    expect(await billing.lastTold(tenant)).toMatchObject({ plan: 'pro', tier: 'pro' });
  }
  expect(seen.size).toBe(1);
});

test('one event twenty times at once, and two events of one invoice, grant once', async () => {
  const { tenant, at, invoice } = await paid();
  const same = eventOf('invoice.paid', { id: invoice.id });
  await Promise.all(Array.from({ length: 20 }, () => send(same)));
  await Promise.all([
    send(eventOf('invoice.paid', { id: invoice.id })),
    send(eventOf('customer.subscription.updated', { id: at.id })),
  ]);
  expect(await billing.balance(tenant)).toBe(500);
});

test('the period is read where this API has it and where the earlier one had it, and kept where neither says it', async () => {
  for (const shape of ['basil', 'earlier'] as const) {
    const { tenant, customer } = await checkout();
    const at = subscriptionAtStripe(customer, 'price_pro', shape);
    at.set(JANUARY);
    await send(eventOf('invoice.paid', { id: at.invoice(JANUARY).id }));
    const { body } = await billing.current(tenant);
    expect(body).toMatchObject({
      current_period_start: '2030-01-31T00:00:00.000Z',
      current_period_end: '2030-02-28T00:00:00.000Z',
    });
    const bare = stripe.get('subscriptions', at.id) ?? { id: at.id };
    const { current_period_start: _start, current_period_end: _end, ...rest } = bare;
    stripe.set('subscriptions', { ...rest, id: at.id, items: { data: [{ id: 'si_1', price: 'price_pro' }] } });
    await send(eventOf('customer.subscription.updated', { id: at.id }));
    expect((await billing.current(tenant)).body).toEqual(body);
  }
});

describe('a signature', () => {
  const spaced = `{ "id" : "evt_${uuidv7()}", "type":"unheard.\\u0041f",\n  "livemode": false, "data": {"object": {}} }`;
  test.each([
    ['over unusual spacing and escapes', () => deliver(spaced, stripe.sign(spaced, SECRET)), 200],
    ['under the second secret', () => deliver(spaced, stripe.sign(spaced, NEXT_SECRET)), 200],
    ['under another secret', () => deliver(spaced, stripe.sign(spaced, 'whsec_other')), 400],
    ['of another body', () => deliver(`${spaced} `, stripe.sign(spaced, SECRET)), 400],
    ['301 seconds old', () => deliver(spaced, stripe.sign(spaced, SECRET, 302)), 400],
    ['of an hour ahead', () => deliver(spaced, stripe.sign(spaced, SECRET, -3_600)), 400],
    ['that is none', () => deliver(spaced, 'v1=00'), 400],
  ])('%s', async (_name, request, status) => {
    expect((await request()).status).toBe(status);
  });
});

describe('what grants nothing', () => {
  test('an unknown customer, whatever its metadata says; a price of no plan; the other mode', async () => {
    const { tenant, customer } = await checkout();
    const foreign = subscriptionAtStripe('cus_unknown');
    foreign.set(JANUARY, { metadata: { organisation_id: tenant.id } });
    await send(eventOf('invoice.paid', { id: foreign.invoice(JANUARY).id }));
    const unpriced = subscriptionAtStripe(customer, 'price_other');
    unpriced.set(JANUARY);
    await send(eventOf('invoice.paid', { id: unpriced.invoice(JANUARY).id }));
    const live = subscriptionAtStripe(customer);
    live.set(JANUARY);
    await send({ ...eventOf('invoice.paid', { id: live.invoice(JANUARY).id }), livemode: true });
    expect(await billing.balance(tenant)).toBe(0);
  });
});

describe('time', () => {
  test('that is paid again grants its period; unpaid it is past due, keeps its tier for a while, and grants nothing', async () => {
    const { tenant, at } = await paid();
    await setNow(FEBRUARY.start);
    at.set(FEBRUARY, { status: 'past_due' });
    const invoice = at.invoice(FEBRUARY, { status: 'open' });
    await send(eventOf('invoice.payment_failed', { id: invoice.id }));
    expect((await billing.current(tenant)).body).toMatchObject({ status: 'past_due' });
    expect(await billing.balance(tenant)).toBe(0);
    expect(await billing.lastTold(tenant)).toMatchObject({ status: 'past_due', tier: 'pro' });
    await setNow('2030-03-08T00:00:00Z');
    await billing.letTimePass();
    expect(await billing.lastTold(tenant)).toMatchObject({ status: 'past_due', tier: 'free' });
    stripe.set('invoices', { ...invoice, status: 'paid' });
    at.set(FEBRUARY);
    await send(eventOf('invoice.paid', { id: invoice.id }));
    expect(await billing.balance(tenant)).toBe(500);
    expect(await billing.lastTold(tenant)).toMatchObject({ status: 'active', tier: 'pro' });
  });

  test('of a year is granted month by month', async () => {
    const { tenant } = await paid('yearly', 'price_year', { start: START, end: '2031-01-31T00:00:00Z' });
    await setNow('2030-03-31T00:00:00Z');
    await billing.letTimePass();
    expect((await billing.grantsOf(tenant)).map(([at]) => at)).toEqual(['2030-01-31', '2030-02-28', '2030-03-31']);
  });

  test('of a trial grants its share, and no second one: neither here nor in another organisation of the owner', async () => {
    const { tenant, customer } = await checkout('trial');
    const trialDays = () =>
      stripe.requests
        .findLast(({ path }) => path === '/v1/checkout/sessions')
        ?.fields.get('subscription_data[trial_period_days]') ?? null;
    expect(trialDays()).toBe('10');
    await checkout('trial', await billing.tenant(tenant.ownerId));
    expect(trialDays()).toBeNull();
    const at = subscriptionAtStripe(customer, 'price_trial');
    const trial = { start: START, end: '2030-02-10T00:00:00Z' };
    at.set(trial, {
      status: 'trialing',
      trial_start: seconds(trial.start),
      trial_end: seconds(trial.end),
      billing_cycle_anchor: seconds(trial.end),
    });
    await send(eventOf('invoice.paid', { id: at.invoice(trial, { amount: 0 }).id }));
    await send(eventOf('customer.subscription.updated', { id: at.id }));
    expect((await billing.current(tenant)).body).toMatchObject({
      status: 'trialing',
      trial_ends_at: '2030-02-10T00:00:00.000Z',
    });
    expect((await billing.grantsOf(tenant)).map(([, amount, source]) => [source, Math.floor(amount)])).toEqual([
      ['trial', 107],
    ]);
    await checkout('trial', await billing.tenant(tenant.ownerId));
    expect(trialDays()).toBeNull();
    await checkout('trial');
    expect(trialDays()).toBe('10');
  });
});

describe('another plan', () => {
  const MIDDLE = '2030-02-14T00:00:00Z';

  test('that is higher brings the difference in proportion, once, with the paid invoice', async () => {
    const { tenant, at } = await paid();
    await setNow(MIDDLE);
    stripe.onUpdate = (_subscription, fields) => {
      if (fields.get('proration_behavior') === 'always_invoice') at.set(JANUARY, {}, 'price_team');
    };
    expect((await billing.subscribe(tenant, 'team')).body).toMatchObject({ plan_id: 'pro', scheduled_plan_id: 'team' });
    expect(stripe.requests.findLast(({ method }) => method === 'POST')?.fields.get('payment_behavior')).toBe(
      'pending_if_incomplete',
    );
    const invoice = at.invoice({ start: MIDDLE, end: JANUARY.end }, { price: 'price_team', proration: true });
    await Promise.all([1, 2, 3].map(() => send(eventOf('invoice.paid', { id: invoice.id }))));
    // 14 of 28 days, of 1501 − 500.
    expect((await billing.grantsOf(tenant)).map(([, amount, source]) => [source, amount])).toEqual([
      ['plan:pro', 500],
      ['plan_change', 500.5],
    ]);
    expect((await billing.current(tenant)).body).toMatchObject({ plan_id: 'team', scheduled_plan_id: null });
    expect(await billing.lastTold(tenant)).toMatchObject({ plan: 'team', tier: 'enterprise' });
    await setNow(FEBRUARY.start);
    at.set(FEBRUARY, {}, 'price_team');
    await send(eventOf('invoice.paid', { id: at.invoice(FEBRUARY, { price: 'price_team' }).id }));
    expect(await billing.balance(tenant)).toBe(1501);
  });

  test('up, down and up again within one period brings the difference once', async () => {
    const { tenant, at } = await paid();
    await setNow(MIDDLE);
    for (const price of ['price_team', 'price_pro', 'price_team']) {
      at.set(JANUARY, {}, price);
      const amount = price === 'price_team' ? 2900 : -1450;
      const invoice = at.invoice({ start: MIDDLE, end: JANUARY.end }, { price, proration: true, amount });
      await send(eventOf('invoice.paid', { id: invoice.id }));
      await send(eventOf('customer.subscription.updated', { id: at.id }));
    }
    expect((await billing.grantsOf(tenant)).map(([, amount, source]) => [source, amount])).toEqual([
      ['plan:pro', 500],
      ['plan_change', 500.5],
    ]);
    expect((await billing.current(tenant)).body).toMatchObject({ plan_id: 'team', scheduled_plan_id: null });
  });

  test('that is lower follows at the end of the period; a free one too, and both are taken back', async () => {
    const { tenant, at } = await paid('team', 'price_team');
    stripe.onUpdate = (_subscription, fields) => {
      const price = fields.get('items[0][price]');
      if (price !== null) at.set(JANUARY, {}, price);
    };
    expect((await billing.subscribe(tenant, 'pro')).body).toMatchObject({ plan_id: 'team', scheduled_plan_id: 'pro' });
    const kept = await billing.as(tenant, 'PATCH', '/subscriptions/current', { scheduled_plan_id: null });
    expect(kept.body).toMatchObject({ plan_id: 'team', scheduled_plan_id: null });
    expect((await billing.subscribe(tenant, 'free')).body).toMatchObject({
      cancel_at_period_end: true,
      scheduled_plan_id: 'free',
    });
    await setNow(FEBRUARY.start);
    at.set(JANUARY, { status: 'canceled' }, 'price_team');
    await send(eventOf('customer.subscription.deleted', { id: at.id }));
    expect((await billing.current(tenant)).body).toMatchObject({ plan_id: 'free', status: 'active' });
  });

  test('left: it runs to the end of the period, and may be kept until then', async () => {
    const { tenant } = await paid();
    expect((await billing.as(tenant, 'DELETE', '/subscriptions/current')).body).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
    });
    const kept = await billing.as(tenant, 'PATCH', '/subscriptions/current', { cancel_at_period_end: false });
    expect(kept.body).toMatchObject({ cancel_at_period_end: false });
  });
});

test('a refund or a lost dispute takes what is left, also before its payment is told; a won dispute gives it back', async () => {
  const begun = await checkout();
  const at = subscriptionAtStripe(begun.customer);
  at.set(JANUARY);
  const invoice = at.invoice(JANUARY);
  const charge = { id: `ch_${uuidv7()}`, customer: begun.customer, payment_intent: `pi_${invoice.id}`, refunded: true };
  stripe.set('charges', charge);
  stripe.set('invoice_payments', {
    id: `inpay_${invoice.id}`,
    invoice: invoice.id,
    payment_intent: charge.payment_intent,
  });
  await send(eventOf('charge.refunded', { id: charge.id, refunded: true }));
  await send(eventOf('invoice.paid', { id: invoice.id }));
  expect(await billing.balance(begun.tenant)).toBe(0);
  const dispute = { id: `dp_${uuidv7()}`, charge: charge.id };
  await send(eventOf('charge.dispute.funds_withdrawn', dispute));
  await send(eventOf('charge.dispute.closed', { ...dispute, status: 'won' }));
  expect(await billing.balance(begun.tenant)).toBe(500);
});

test('a second subscription that was paid ends at once, kept for the next invoices, and the audit trail says so; unless the first one has ended unheard', async () => {
  const { tenant, customer, at } = await paid();
  const second = subscriptionAtStripe(customer, 'price_team');
  second.set(JANUARY);
  await send(eventOf('invoice.paid', { id: second.invoice(JANUARY).id }));
  expect(stripe.get('subscriptions', second.id)).toMatchObject({ status: 'canceled' });
  expect(stripe.get('subscriptions', at.id)).toMatchObject({ status: 'active' });
  expect([(await billing.current(tenant)).body['plan_id'], await billing.balance(tenant)]).toEqual(['pro', 500]);
  const { rows } = await billing.owner.query(
    "SELECT payload FROM outbox WHERE type = 'audit.recorded' AND payload->>'organisation_id' = $1",
    [tenant.id],
  );
  expect(rows).toEqual([
    { payload: expect.objectContaining({ action: 'subscription.second_ended', detail: { subscription: second.id } }) },
  ]);
  await send(eventOf('customer.subscription.updated', { id: second.id }));
  const notices = await billing.owner.query(
    "SELECT payload FROM outbox WHERE type = 'organisation.notice' AND payload->>'organisation_id' = $1",
    [tenant.id],
  );
  expect(notices.rows).toEqual([
    { payload: expect.objectContaining({ notice: { kind: 'second_subscription_ended', plan: 'team' } }) },
  ]);
  at.set(JANUARY, { status: 'canceled' });
  const third = subscriptionAtStripe(customer, 'price_team');
  third.set(JANUARY);
  await send(eventOf('invoice.paid', { id: third.invoice(JANUARY).id }));
  expect((await billing.current(tenant)).body).toMatchObject({ plan_id: 'team', status: 'active' });
  expect(stripe.get('subscriptions', third.id)).toMatchObject({ status: 'active' });
});

test('a subscription that was never heard of and ends leaves the open checkout of the same customer as it is', async () => {
  const { tenant, customer } = await checkout();
  const former = subscriptionAtStripe(customer);
  former.set(JANUARY, { status: 'canceled' });
  await send(eventOf('customer.subscription.deleted', { id: former.id }));
  expect((await billing.current(tenant)).body).toMatchObject({ status: 'incomplete', plan_id: 'pro' });
  const bought = subscriptionAtStripe(customer);
  bought.set(JANUARY);
  await send(eventOf('invoice.paid', { id: bought.invoice(JANUARY).id }));
  expect((await billing.current(tenant)).body).toMatchObject({ status: 'active', plan_id: 'pro' });
});

test('who is suspended is not charged, and who is archived is charged no more', async () => {
  const { tenant, at } = await paid();
  await billing.deliver('organisation.suspended', { organisation_id: tenant.id, revision: 1 });
  expect(stripe.requests.findLast(({ method }) => method === 'POST')?.fields.get('pause_collection[behavior]')).toBe(
    'void',
  );
  await billing.deliver('organisation.restored', { organisation_id: tenant.id, revision: 2 });
  expect(stripe.requests.findLast(({ method }) => method === 'POST')?.fields.get('pause_collection')).toBe('');
  await billing.deliver('organisation.archived', { organisation_id: tenant.id, revision: 3 });
  expect(stripe.get('subscriptions', at.id)).toMatchObject({ status: 'canceled' });
  expect((await billing.current(tenant)).status).toBe(404);
});

test('without an app of the App Store its purchases and notifications are 503', async () => {
  const { status, body } = await billing.credits.send('POST', '/api/v1/credits/webhooks/apple', {
    signedPayload: 'e30.e30.',
  });
  expect([status, body['code']]).toEqual([503, 'billing.unconfigured']);
});

test('what no event has told is found by asking', async () => {
  const { tenant, customer } = await checkout();
  const at = subscriptionAtStripe(customer);
  at.set(JANUARY);
  at.invoice(JANUARY);
  await billing.runJob('reconcile-payments');
  expect(await billing.balance(tenant)).toBe(500);
});

test('the portal is of the organisation’s own customer', async () => {
  const { tenant, customer } = await paid();
  const { status, body } = await billing.as(tenant, 'POST', '/billing/portal', {
    return_url: 'https://app.example.com/plans',
  });
  expect([status, body['url']]).toEqual([200, expect.stringMatching(/^https:\/\/pay\.example\.com\//)]);
  expect(stripe.requests.at(-1)?.fields.get('customer')).toBe(customer);
  expect((await billing.as(await billing.tenant(), 'POST', '/billing/portal', {})).status).toBe(404);
});
