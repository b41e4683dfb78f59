import { describe, expect, test } from '@jest/globals';
import { billing, eventOf, FEBRUARY, JANUARY, paid, send, setNow, stripe } from './stage.ts';

/** Plans above and below the one that is paid. */
export function planChangesTests(): void {
  describe('another plan', () => {
    const MIDDLE = '2030-02-14T00:00:00Z';

    test('that is higher brings the difference in proportion, once, with the paid invoice', async () => {
      const { tenant, at } = await paid();
      await setNow(MIDDLE);
      stripe.onUpdate = (_subscription, fields) => {
        if (fields.get('proration_behavior') === 'always_invoice') at.set(JANUARY, {}, 'price_team');
      };
      expect((await billing.subscribe(tenant, 'team')).body).toMatchObject({
        plan_id: 'pro',
        scheduled_plan_id: 'team',
      });
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
      expect((await billing.subscribe(tenant, 'pro')).body).toMatchObject({
        plan_id: 'team',
        scheduled_plan_id: 'pro',
      });
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
}
