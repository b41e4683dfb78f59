import { expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { billing, checkout, eventOf, JANUARY, paid, send, stripe, subscriptionAtStripe } from './stage.ts';

/** Refunds, second subscriptions, suspensions, and what no event has told. */
export function endsTests(): void {
  test('a refund or a lost dispute takes what is left, also before its payment is told; a won dispute gives it back', async () => {
    const begun = await checkout();
    const at = subscriptionAtStripe(begun.customer);
    at.set(JANUARY);
    const invoice = at.invoice(JANUARY);
    const charge = {
      id: `ch_${uuidv7()}`,
      customer: begun.customer,
      payment_intent: `pi_${invoice.id}`,
      refunded: true,
    };
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
      {
        payload: expect.objectContaining({ action: 'subscription.second_ended', detail: { subscription: second.id } }),
      },
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
}
