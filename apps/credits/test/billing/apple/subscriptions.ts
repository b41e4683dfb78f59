import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import {
  JAN,
  FEB,
  MAR,
  APR,
  store,
  billing,
  type Facts,
  signedNow,
  newUser,
  credits,
  purchase,
  submit,
  tell,
  signed,
} from './stage.ts';

const RENEWABLE = 'Auto-Renewable Subscription';

/** A subscription of a user: its periods, and what is told of it. */
function subscriptionOf(user: string) {
  const originalTransactionId = uuidv7();
  const period = (start = JAN, end = FEB, facts: Facts = {}): Facts =>
    purchase(user, {
      originalTransactionId,
      productId: 'app.pro',
      type: RENEWABLE,
      purchaseDate: Date.parse(String(start)),
      expiresDate: Date.parse(String(end)),
      ...facts,
    });
  const told = (type: string, transaction: Facts, status: number, renewal: Facts = {}): string =>
    store.notification(type, {
      transaction,
      renewal: { originalTransactionId, autoRenewProductId: transaction['productId'], autoRenewStatus: 1, ...renewal },
      data: { status },
      more: signedNow(),
    });
  return { period, told };
}

async function current(user: string): Promise<Record<string, unknown> | null> {
  const { body } = await billing.credits.send('GET', `/internal/credits/subscription?user_id=${user}`);
  return body['subscription'] ?? null;
}

const grantsOf = async (user: string) =>
  (await billing.grantsOf({ id: user, ownerId: user })).filter(([, , source]) => source !== 'signup_bonus');

function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, index) => orders(things.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

/** Subscriptions, as Apple tells of them in any order. */
export function subscriptionsTests(): void {
  describe('a subscription', () => {
    test('is told and handed in in any order, each twice: one subscription, one grant a period', async () => {
      const seen = new Set<string>();
      await billing.setNow(FEB);
      for (const order of orders([0, 1, 2, 3])) {
        const user = await newUser();
        const { period, told } = subscriptionOf(user);
        const [first, second] = [period(), period(FEB, MAR)];
        const words = [() => submit(user, handed), () => tell(subscribed), () => tell(renewed), () => tell(left)];
        const handed = signed(first);
        const subscribed = told('SUBSCRIBED', first, 1);
        const renewed = told('DID_RENEW', second, 1);
        const left = told('DID_CHANGE_RENEWAL_STATUS', second, 1, { autoRenewStatus: 0 });
        for (const index of [...order, ...order]) await words[index]?.();
        seen.add(JSON.stringify({ ...(await current(user)), id: '' }));
        expect(await grantsOf(user)).toEqual([
          ['2030-01-31', 500, 'plan:pro'],
          ['2030-02-28', 500, 'plan:pro'],
        ]);
      }
      expect([...seen].map((text) => JSON.parse(text) as object)).toEqual([
        expect.objectContaining({
          plan_id: 'pro',
          provider: 'apple',
          status: 'active',
          cancel_at_period_end: true,
          current_period_end: '2030-03-31T00:00:00.000Z',
        }),
      ]);
    });

    test('of a higher plan begins at once, and the rest of the lower one goes, in any order', async () => {
      const middle = '2030-02-14T00:00:00Z';
      await billing.setNow('2030-03-14T00:00:00Z');
      for (const order of orders([0, 1, 2])) {
        const user = await newUser();
        const { period, told } = subscriptionOf(user);
        const higher = { productId: 'app.team' };
        const words = [
          told('SUBSCRIBED', period(), 1),
          told('DID_CHANGE_RENEWAL_PREF', period(middle, '2030-03-14T00:00:00Z', higher), 1),
          told('DID_RENEW', period('2030-03-14T00:00:00Z', '2030-04-14T00:00:00Z', higher), 1),
        ];
        for (const index of [...order, ...order]) await tell(String(words[index]));
        expect(await current(user)).toMatchObject({ plan_id: 'team', status: 'active', scheduled_plan_id: null });
        expect(await credits(user)).toBe(1500);
        expect(await grantsOf(user)).toEqual([
          ['2030-01-31', 500, 'plan:pro'],
          ['2030-02-14', 1500, 'plan:team'],
          ['2030-03-14', 1500, 'plan:team'],
        ]);
      }
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      await billing.setNow(middle);
      await tell(told('SUBSCRIBED', period(), 1));
      await tell(told('DID_CHANGE_RENEWAL_PREF', period(middle, '2030-03-14T00:00:00Z', { productId: 'app.team' }), 1));
      // 14 of 28 days of 500 were had, and 14 were given back.
      expect(await credits(user)).toBe(1750);
    });

    test('of a lower plan follows at the end of the period', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      const first = period(JAN, FEB, { productId: 'app.team' });
      await tell(told('SUBSCRIBED', first, 1));
      await tell(told('DID_CHANGE_RENEWAL_PREF', first, 1, { autoRenewProductId: 'app.pro' }));
      expect(await current(user)).toMatchObject({ plan_id: 'team', scheduled_plan_id: 'pro' });
      await billing.setNow(FEB);
      await tell(told('DID_RENEW', period(FEB, MAR), 1));
      expect(await current(user)).toMatchObject({ plan_id: 'pro', scheduled_plan_id: null });
      await billing.letTimePass();
      expect(await credits(user)).toBe(500);
    });

    test('of a year is granted month by month, and an hour more or less of it makes no period', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      await tell(told('SUBSCRIBED', period(JAN, '2031-01-31T01:00:00Z', { productId: 'app.pro.year' }), 1));
      for (const now of [MAR, '2031-01-31T00:30:00Z']) {
        await billing.setNow(now);
        await billing.letTimePass();
      }
      expect((await grantsOf(user)).length).toBe(12);
      await billing.setNow('2031-01-31T01:00:00Z');
      await tell(
        told('DID_RENEW', period('2031-01-31T01:00:00Z', '2032-01-31T00:00:00Z', { productId: 'app.pro.year' }), 1),
      );
      expect((await grantsOf(user)).length).toBe(13);
    });

    test('that is not paid is past due, in grace or while Apple tries again, grants nothing, and goes on when it is paid', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      await tell(told('SUBSCRIBED', period(), 1));
      await billing.setNow(FEB);
      await tell(
        told('DID_FAIL_TO_RENEW', period(), 4, { gracePeriodExpiresDate: Date.parse('2030-03-16T00:00:00Z') }),
      );
      expect([(await current(user))?.['status'], await credits(user)]).toEqual(['past_due', 0]);
      await tell(told('GRACE_PERIOD_EXPIRED', period(), 3));
      await billing.setNow('2030-03-20T00:00:00Z');
      await tell(told('DID_RENEW', period('2030-03-20T00:00:00Z', '2030-04-20T00:00:00Z'), 1));
      expect([(await current(user))?.['status'], await credits(user)]).toEqual(['active', 500]);
      await tell(told('EXPIRED', period('2030-03-20T00:00:00Z', '2030-04-20T00:00:00Z'), 2));
      expect(await current(user)).toBeNull();
    });

    test('of which nothing more is told ends by time: past due, then over; bought again it runs', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      expect((await submit(user, signed(period()))).body).toMatchObject({ granted: 500, balance: 501, created: true });
      await billing.setNow(FEB);
      await billing.letTimePass();
      expect(await current(user)).toMatchObject({ status: 'past_due' });
      await billing.setNow('2030-03-08T00:00:00Z');
      await billing.letTimePass();
      expect(await current(user)).toBeNull();
      await billing.setNow(MAR);
      await tell(told('SUBSCRIBED', period(MAR, APR), 1));
      expect([(await current(user))?.['status'], await credits(user)]).toEqual(['active', 500]);
    });

    test('gives its tier while it runs and in grace, which users is told in order; none once it is over', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      await tell(told('SUBSCRIBED', period(), 1));
      await billing.setNow(FEB);
      await billing.letTimePass();
      await billing.setNow('2030-03-08T00:00:00Z');
      await billing.letTimePass();
      const { rows } = await billing.owner.query<{ payload: { revision: number } & Record<string, unknown> }>(
        "SELECT payload FROM outbox WHERE type = 'user.plan_changed' AND payload->>'user_id' = $1 ORDER BY (payload->>'revision')::int",
        [user],
      );
      expect(rows.map(({ payload: { plan, tier } }) => [plan, tier])).toEqual([
        ['pro', 'pro'],
        ['pro', 'pro'],
        [null, null],
      ]);
      expect(new Set(rows.map(({ payload }) => payload.revision)).size).toBe(3);
    });

    test('whose money goes back ends with its credits', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      const first = period();
      await tell(told('SUBSCRIBED', first, 1));
      await tell(told('REFUND', { ...first, revocationDate: Date.parse(String(JAN)) }, 5));
      expect([await current(user), await credits(user)]).toEqual([null, 0]);
      await tell(told('REFUND_REVERSED', first, 1));
      expect([(await current(user))?.['status'], await credits(user)]).toEqual(['active', 500]);
    });

    test('that is tried out first grants its share, once', async () => {
      const user = await newUser();
      const { period, told } = subscriptionOf(user);
      const trial = period(JAN, '2030-02-14T00:00:00Z', { offerDiscountType: 'FREE_TRIAL' });
      expect((await submit(user, signed(trial))).body).toMatchObject({ granted: 250, created: true });
      await tell(told('SUBSCRIBED', trial, 1));
      expect([(await current(user))?.['status'], await credits(user)]).toEqual(['trialing', 250]);
      const second = subscriptionOf(user);
      expect((await submit(user, signed(second.period()))).status).toBe(409);
      await tell(second.told('SUBSCRIBED', second.period(), 1));
      expect(await credits(user)).toBe(250);
    });
  });
}
