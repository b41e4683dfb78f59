import { describe, expect, test } from '@jest/globals';
import { planWith } from '../../test/plan-with.ts';
import { readPlanList } from './plans.ts';
import { readPriceList } from './price-list.ts';

describe('price list', () => {
  test('whole and decimal costs, with a type', () => {
    const costs = { a: { cost: 5 }, b: { cost: '0.25', type: 'chat' }, c: { cost: 0.25 }, 'gpt-4.1:mini': { cost: 0 } };
    expect(readPriceList({ costs })).toEqual({
      entries: [
        { operation: 'a', cost: 5_000_000n, transactionType: 'generation' },
        { operation: 'b', cost: 250_000n, transactionType: 'chat' },
        { operation: 'c', cost: 250_000n, transactionType: 'generation' },
        { operation: 'gpt-4.1:mini', cost: 0n, transactionType: 'generation' },
      ],
    });
  });

  test.each<[unknown, RegExp]>([
    [{ costs: { x: { cost: -1 } } }, /^costs\.x\.cost: /],
    [{ costs: { x: { cost: 1e-7 } } }, /^costs\.x\.cost: /],
    [{ costs: { x: { cost: '1000000001' } } }, /^costs\.x\.cost: /],
    [{ costs: { x: { cost: true } } }, /^costs\.x\.cost: /],
    [{ costs: { x: { cost: '0.1234567' } } }, /^costs\.x\.cost: /],
    [{ costs: { x: { cost: 1, type: 'gift' } } }, /^costs\.x\.type: /],
    [{ costs: { 'Bad name': { cost: 1 } } }, /^costs\.Bad name: /],
    [{}, /^costs: /],
    [null, /^: /],
  ])('%j says what is wrong', (document, message) => {
    expect(readPriceList(document)).toEqual({ faults: [expect.stringMatching(message)] });
  });
});

const TOOLS = {
  environment: { STRIPE_PRICE_PRO: 'price_1pro' },
  isTier: (tier: string) => ['free', 'pro'].includes(tier),
};

describe('plans', () => {
  test('with defaults: a grant lasts one period and is spent before what was bought', () => {
    expect(
      readPlanList(
        {
          plans: {
            pro: { credits: 500, period: 'month' },
            gold: { credits: '0.5', period: 'year', lifetime_periods: null, priority: 7 },
          },
        },
        TOOLS,
      ),
    ).toEqual({
      plans: [
        planWith({ id: 'pro', amount: 500_000_000n, public: false }),
        planWith({
          id: 'gold',
          amount: 500_000n,
          period: 'year',
          lifetimePeriods: null,
          priority: 7,
          rank: 1,
          public: false,
        }),
      ],
    });
  });

  test('a price says how it is paid, and takes its id at Stripe from the environment', () => {
    const price = { amount: 2900, currency: 'usd' };
    const paid = { credits: 1, period: 'month', price } as const;
    const plans = {
      free: { credits: 1, period: 'month' },
      invoice: paid,
      contact: { credits: 1, period: 'month', checkout: 'manual' },
      pro: { ...paid, stripe_price_id: 'STRIPE_PRICE_PRO', tier: 'pro' },
      team: { ...paid, stripe_price_id: 'STRIPE_PRICE_TEAM', price: { ...price, period: 'year' } },
      fixed: { ...paid, stripe_price_id: 'price_1fixed' },
    };
    const read = readPlanList({ plans }, TOOLS);
    const facts = 'plans' in read ? read.plans.map((plan) => [plan.id, plan.checkout, plan.stripePriceId]) : read;
    expect(facts).toEqual([
      ['free', 'none', null],
      ['invoice', 'manual', null],
      ['contact', 'manual', null],
      ['pro', 'stripe', 'price_1pro'],
      ['team', 'stripe', null],
      ['fixed', 'stripe', 'price_1fixed'],
    ]);
  });

  test('none is a list too', () => expect(readPlanList({ plans: null }, TOOLS)).toEqual({ plans: [] }));

  test.each<[unknown, RegExp]>([
    [{ plans: { pro: { credits: 0, period: 'month' } } }, /^plans\.pro\.credits: /],
    [{ plans: { pro: { credits: 1, period: 'fortnight' } } }, /^plans\.pro\.period: /],
    [{ plans: { pro: { credits: 1, period: 'day', lifetime_periods: 0 } } }, /^plans\.pro\.lifetime_periods: /],
    [{ plans: { 'Pro!': { credits: 1, period: 'day' } } }, /^plans\.Pro!: /],
    [{ plans: { pro: { credits: 1, period: 'day', tier: 'gold' } } }, /^plans\.pro\.tier: there is no tier gold/],
    [{ plans: { pro: { credits: 1, period: 'day', teir: 'pro' } } }, /^plans\.pro: .*teir/],
    [{ plans: { pro: { credits: 1, period: 'day', limits: { seats: 3 } } } }, /^plans\.pro\.limits: .*seats/],
    [
      { plans: { pro: { credits: 1, period: 'day', price: { amount: 9.5, currency: 'usd' } } } },
      /^plans\.pro\.price\.amount: /,
    ],
    [{ plans: { pro: { credits: 1, period: 'day', checkout: 'stripe' } } }, /^plans\.pro\.checkout: /],
    [
      {
        plans: {
          a: { credits: 1, period: 'day', price: { amount: 1, currency: 'usd' }, stripe_price_id: 'price_1' },
          b: { credits: 2, period: 'day', price: { amount: 2, currency: 'usd' }, stripe_price_id: 'price_1' },
        },
      },
      /^plans\.b: price_1 is the price of a already/,
    ],
    [{}, /^plans: /],
  ])('%j says what is wrong', (document, message) => {
    expect(readPlanList(document, TOOLS)).toEqual({ faults: [expect.stringMatching(message)] });
  });
});
