import { describe, expect, test } from '@jest/globals';
import {
  billing,
  checkout,
  eventOf,
  FEBRUARY,
  paid,
  seconds,
  send,
  setNow,
  START,
  stripe,
  subscriptionAtStripe,
} from './stage.ts';

/** Paid time: months, years, trials, and what was not paid. */
export function periodsTests(): void {
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
}
