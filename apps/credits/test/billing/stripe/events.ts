import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import {
  billing,
  checkout,
  deliver,
  eventOf,
  JANUARY,
  NEXT_SECRET,
  paid,
  SECRET,
  send,
  stripe,
  subscriptionAtStripe,
  type Event,
} from './stage.ts';

/** Every order of some things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, index) => orders(things.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

/** What Stripe sends: signed, in any order, more than once, and of what is not ours. */
export function eventsTests(): void {
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
}
