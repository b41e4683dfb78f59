import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { verifyLedger } from '@turnpike/test-kit/verify-ledger';
import { refusalOf } from '../../support/callers.ts';
import {
  WEBHOOK_SECRET,
  NEXT_WEBHOOK_SECRET,
  stripe,
  temp,
  visitor,
  newPerson,
  within,
  spend,
  organisationCredits,
  outcomeOf,
} from './stage.ts';

/** An event as Stripe sends it, byte by byte; `sent`: what arrives instead. */
async function tellOf(body: string, signature = stripe.sign(body, WEBHOOK_SECRET), sent = body): Promise<number> {
  const { status } = await fetch(`${temp.stack.info.edge_url}/api/v1/credits/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
    body: sent,
  });
  return status;
}

/** What Stripe has once a checkout was paid: a subscription of the customer, a month from now on. Returns its paid invoice. */
function payAtStripe(customer: string): string {
  const start = Math.floor(Date.now() / 1_000);
  const period = { start, end: start + 28 * 86_400 };
  const invoice = {
    id: 'in_e2e',
    customer,
    status: 'paid',
    parent: { subscription_details: { subscription: 'sub_e2e' } },
    lines: {
      data: [{ amount: 2900, period, pricing: { price_details: { price: 'price_pro' } }, parent: null }],
    },
  };
  const times = { current_period_start: period.start, current_period_end: period.end };
  stripe.set('invoices', invoice);
  stripe.set('subscriptions', {
    id: 'sub_e2e',
    customer,
    status: 'active',
    livemode: false,
    billing_cycle_anchor: start,
    items: { data: [{ id: 'si_e2e', price: 'price_pro', ...times }] },
    latest_invoice: invoice,
  });
  return invoice.id;
}

/** Plans that an organisation pays for. */
export function subscriptionsTests(): void {
  test('from nothing to a paid plan to suspended to restored: paid once, charged throughout, and the ledger verifies after each', async () => {
    const owner = await newPerson();
    const { id } = await owner.self.call('platform.createTenant', { body: { name: 'Paying' } });
    const calls = await within(owner, id);
    const operator = visitor.as({ adminKey: temp.stack.info.admin_api_key });
    const ledger = new URL(temp.stack.info.database_url);
    ledger.pathname = '/turnpike_credits';
    const verify = () => verifyLedger({ DATABASE_URL: ledger.href });
    const paused = () => stripe.requests.findLast(({ path }) => path === '/v1/subscriptions/sub_e2e')?.fields;
    expect(await organisationCredits(calls)).toBe(0);
    expect(await outcomeOf(spend(calls))).toEqual([402, 'auth.insufficient_credits']);
    await verify();

    const checkout = await calls.call('platform.subscribe', { body: { plan_id: 'pro' } });
    expect(checkout).toMatchObject({ status: 'incomplete', checkout_url: expect.stringMatching(/^https:/) });
    expect(await organisationCredits(calls)).toBe(0);
    const customer = stripe.requests.findLast(({ path }) => path === '/v1/checkout/sessions')?.fields.get('customer');
    const object = { id: payAtStripe(String(customer)) };
    const event = { id: 'evt_e2e', type: 'invoice.paid', livemode: false, data: { object } };
    expect(await tellOf(JSON.stringify(event, undefined, 3))).toBe(200);
    await waitFor(async () => (await calls.call('platform.serviceInfo')).tier === 'pro');
    expect(await calls.call('platform.serviceInfo')).toMatchObject({ plan: 'pro', credits: { balance: 500 } });
    expect(await spend(calls)).toBe('495');
    await verify();

    const params = { id };
    await operator.call('platform.adminSetTenantStatus', { params, body: { status: 'suspended', reason: 'abuse' } });
    await waitFor(async () => (await refusalOf(spend(calls))).code === 'tenant.suspended');
    await waitFor(() => Promise.resolve(paused()?.get('pause_collection[behavior]') === 'void'));
    await verify();

    await operator.call('platform.adminSetTenantStatus', { params, body: { status: 'active', reason: 'cleared' } });
    await waitFor(() => Promise.resolve(paused()?.get('pause_collection') === ''));
    await waitFor(async () => (await organisationCredits(calls).catch(() => undefined)) === 495);
    expect(await tellOf(JSON.stringify({ ...event, id: 'evt_e2e_again' }))).toBe(200);
    expect(await spend(calls)).toBe('490');
    await verify();
  });

  test('Stripe’s signature is over the bytes that it sent, and is looked at before anything else of them', async () => {
    const body = `{ "id" : "evt_spaced", "type":"unheard.\\u0041f",\n  "livemode": false, "data": {"object": {}} }`;
    expect(await tellOf(body)).toBe(200);
    expect(await tellOf(body, stripe.sign(body, NEXT_WEBHOOK_SECRET))).toBe(200);
    expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET), body.replace('unheard', 'Unheard'))).toBe(400);
    expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET), JSON.stringify(JSON.parse(body)))).toBe(400);
    expect(await tellOf(body, stripe.sign(body, WEBHOOK_SECRET, 302))).toBe(400);
    expect(await tellOf(body, stripe.sign(body, 'whsec_another'))).toBe(400);
    for (const shapeless of ['{}', '[]', '"x"', 'null']) {
      expect(await tellOf(shapeless, stripe.sign(shapeless, 'whsec_another'))).toBe(400);
      expect(await tellOf(shapeless)).toBe(400);
    }
  });
}
