import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HEADER, signGatewayRequest } from '@turnpike/contracts';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { createAppStore } from '@turnpike/test-kit';
import { createAppStoreReader, NotOfTheAppStore } from '../../src/billing/apple/signed-data.ts';
import { INTERNAL_SECRET, type Answer } from '../start-credits.ts';
import { startBilling, type Billing } from './start-billing.ts';

/** Purchases in the App Store, of which a stand-in signs by a chain of its own making. Nothing is asked of Apple. */

const BUNDLE = 'com.example.app';
const PLANS = {
  pro: { credits: 500, period: 'month', tier: 'pro', apple_product_ids: ['app.pro', 'app.pro.year'] },
  team: { credits: 1500, period: 'month', apple_product_ids: ['app.team'] },
};
const RENEWABLE = 'Auto-Renewable Subscription';
const [JAN, FEB, MAR, APR] = ['2030-01-31', '2030-02-28', '2030-03-31', '2030-04-30'].map((day) => `${day}T00:00:00Z`);

const store = createAppStore(BUNDLE);
let billing: Billing;
beforeAll(async () => {
  billing = await startBilling(PLANS, {
    APPLE_BUNDLE_ID: BUNDLE,
    APPLE_ENVIRONMENTS: 'sandbox',
    APPLE_PRODUCTS: '{"app.credits": 100}',
    APPLE_ROOT_CERTIFICATES: store.root,
  });
});
beforeEach(() => billing.setNow(JAN));
afterEach(() => billing.expectInvariantsHold());
afterAll(() => billing.stop());

type Facts = Readonly<Record<string, unknown>>;

/** Signatures are a second apart, in the order in which they were asked for. */
let signatures = 0;
const signedNow = () => ({ signedDate: Date.now() - 3_600_000 + (signatures += 1) * 1_000 });

const newUser = () => billing.credits.userWith(1);
const credits = async (user: string): Promise<number> => (await billing.credits.balance(user)) - 1;

function purchase(user: string, facts: Facts = {}): Facts {
  const id = uuidv7();
  return {
    transactionId: id,
    originalTransactionId: id,
    productId: 'app.credits',
    type: 'Consumable',
    quantity: 1,
    purchaseDate: Date.parse(String(JAN)),
    appAccountToken: user,
    ...facts,
  };
}

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

function submit(user: string, signed: string): Promise<Answer> {
  const path = '/api/v1/credits/purchases/apple';
  const timestamp = Math.floor(Date.now() / 1_000);
  return billing.credits.send(
    'POST',
    path,
    { signed_transaction: signed },
    {
      [HEADER.userId]: user,
      [HEADER.userTier]: 'free',
      [HEADER.gatewayTimestamp]: String(timestamp),
      [HEADER.gatewaySignature]: signGatewayRequest(INTERNAL_SECRET, { method: 'POST', path, userId: user, timestamp }),
    },
  );
}
const notify = (signedPayload: string): Promise<Answer> =>
  billing.credits.send('POST', '/api/v1/credits/webhooks/apple', { signedPayload });
async function tell(signedPayload: string): Promise<void> {
  const { status, body } = await notify(signedPayload);
  expect([status, body]).toEqual([200, { received: true }]);
}
async function current(user: string): Promise<Record<string, unknown> | null> {
  const { body } = await billing.credits.send('GET', `/internal/credits/subscription?user_id=${user}`);
  return body['subscription'] ?? null;
}
const grantsOf = async (user: string) =>
  (await billing.grantsOf({ id: user, ownerId: user })).filter(([, , source]) => source !== 'signup_bonus');
const signed = (facts: Facts): string => store.transaction({ ...signedNow(), ...facts });

describe('credits that are bought', () => {
  test('are granted once, however often the purchase is handed in and told', async () => {
    const user = await newUser();
    const facts = purchase(user, { quantity: 2 });
    const first = await submit(user, signed(facts));
    expect([first.status, first.body]).toEqual([
      200,
      { transaction_id: facts['transactionId'], granted: 200, balance: 201, created: true },
    ]);
    const again = await Promise.all([1, 2, 3].map(() => submit(user, signed(facts))));
    for (const { body } of again) expect(body).toMatchObject({ granted: 200, balance: 201, created: false });
    await tell(store.notification('ONE_TIME_CHARGE', { transaction: facts }));
    expect(await credits(user)).toBe(200);
    const [newest] = Object.values((await billing.credits.get(user, '/api/v1/credits/history')).body);
    expect(newest).toMatchObject({ amount: 200, type: 'apple_iap' });
  });

  test('are of who bought them: without a token or with that of another 403, a product that is not sold here 422', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { appAccountToken: _token, ...nobodys } = purchase(user);
    expect((await submit(user, signed(nobodys))).status).toBe(403);
    const facts = purchase(user);
    expect((await submit(user, signed(facts))).status).toBe(200);
    expect((await submit(other, signed(facts))).status).toBe(403);
    expect((await submit(user, signed(purchase(user, { productId: 'app.other' })))).status).toBe(422);
    expect([await credits(user), await credits(other)]).toEqual([100, 0]);
  });

  test('go when the money goes back, also where that is told first, and come back when that is undone', async () => {
    const user = await newUser();
    const facts = purchase(user);
    const bought = signed(facts);
    const refund = store.notification('REFUND', {
      transaction: { ...facts, revocationDate: Date.parse(String(JAN)) },
      more: signedNow(),
    });
    const undone = store.notification('REFUND_REVERSED', { transaction: facts, more: signedNow() });
    await tell(refund);
    expect((await submit(user, bought)).status).toBe(409);
    expect(await credits(user)).toBe(0);
    await tell(undone);
    expect(await credits(user)).toBe(100);
    await tell(refund);
    expect((await submit(user, bought)).body).toMatchObject({ granted: 100, created: false });
    await tell(store.notification('REFUND', { transaction: { ...facts, revocationDate: 1 }, more: signedNow() }));
    expect(await credits(user)).toBe(0);
  });
});

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
    await tell(told('DID_FAIL_TO_RENEW', period(), 4, { gracePeriodExpiresDate: Date.parse('2030-03-16T00:00:00Z') }));
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

describe('what Apple has not signed for this app', () => {
  const user = uuidv7();
  const facts = () => purchase(user, { appAccountToken: user });
  const refused: [string, () => string][] = [
    ['a chain to another root', () => createAppStore(BUNDLE).transaction(facts())],
    ['another app', () => store.transaction({ ...facts(), bundleId: 'com.example.other' })],
    ['another store', () => store.transaction({ ...facts(), environment: 'Production' })],
    ['a development tool', () => store.transaction({ ...facts(), environment: 'Xcode' })],
    ['the future', () => store.transaction({ ...facts(), signedDate: Date.now() + 3_600_000 })],
    ['no time', () => store.transaction({ ...facts(), signedDate: undefined })],
    [
      'a changed text',
      () => store.transaction(facts()).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
    ],
    ['nobody', () => 'e30.e30.'],
  ];

  test.each(refused)('a purchase of %s is 422', async (_name, made) => {
    expect((await submit(user, made())).status).toBe(422);
  });

  test('a notification that carries one is 400, and one of an unknown account changes nothing', async () => {
    for (const [, made] of refused) {
      const notification = store.notification('ONE_TIME_CHARGE', { data: { signedTransactionInfo: made() } });
      expect((await notify(notification)).status).toBe(400);
    }
    expect((await notify('e30.e30.')).status).toBe(400);
    await tell(store.notification('ONE_TIME_CHARGE', { transaction: facts() }));
    await tell(store.notification('TEST', {}));
    const { rows } = await billing.owner.query('SELECT FROM account WHERE owner_id = $1', [user]);
    expect(rows).toEqual([]);
  });

  test('certificates that are not for purchases sign none; production is another store, with the number of its app', async () => {
    const unmarked = createAppStore(BUNDLE, { marked: false });
    const settings = (root: string, environments: ('production' | 'sandbox')[]) => ({
      APPLE_BUNDLE_ID: BUNDLE,
      APPLE_APP_ID: 1234567890,
      APPLE_ENVIRONMENTS: environments,
      APPLE_PRODUCTS: {},
      APPLE_ROOT_CERTIFICATES: [Buffer.from(root, 'base64')],
      APPLE_ONLINE_CHECKS: false,
    });
    const read = (root: string, ...environments: ('production' | 'sandbox')[]) =>
      createAppStoreReader(settings(root, environments));
    const plain = read(unmarked.root, 'sandbox')?.transaction(unmarked.transaction(facts()));
    await expect(plain).rejects.toThrow(NotOfTheAppStore);
    const live = { ...facts(), environment: 'Production' };
    const both = read(store.root, 'production', 'sandbox');
    for (const environment of ['Production', 'Sandbox'])
      expect(await both?.transaction(store.transaction({ ...live, environment }))).toMatchObject({ userId: user });
    await expect(read(store.root, 'production')?.transaction(store.transaction(facts()))).rejects.toThrow(
      NotOfTheAppStore,
    );
    const told = (appAppleId: number) =>
      both?.notification(
        store.notification('ONE_TIME_CHARGE', { transaction: live, data: { environment: 'Production', appAppleId } }),
      );
    expect(await told(1234567890)).toMatchObject({ transaction: { userId: user } });
    await expect(told(1)).rejects.toThrow(NotOfTheAppStore);
  });
});

function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, index) => orders(things.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
