import { describe, expect, test } from '@jest/globals';
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

describe('plans', () => {
  test('with defaults: a grant lasts one period and is spent before what was bought', () => {
    expect(
      readPlanList({
        plans: {
          pro: { credits: 500, period: 'month' },
          gold: { credits: '0.5', period: 'year', lifetime_periods: null, priority: 7 },
        },
      }),
    ).toEqual({
      plans: [
        { id: 'pro', amount: 500_000_000n, period: 'month', lifetimePeriods: 1, priority: 50 },
        { id: 'gold', amount: 500_000n, period: 'year', lifetimePeriods: null, priority: 7 },
      ],
    });
  });

  test('none is a list too', () => expect(readPlanList({ plans: null })).toEqual({ plans: [] }));

  test.each<[unknown, RegExp]>([
    [{ plans: { pro: { credits: 0, period: 'month' } } }, /^plans\.pro\.credits: /],
    [{ plans: { pro: { credits: 1, period: 'fortnight' } } }, /^plans\.pro\.period: /],
    [{ plans: { pro: { credits: 1, period: 'day', lifetime_periods: 0 } } }, /^plans\.pro\.lifetime_periods: /],
    [{ plans: { 'Pro!': { credits: 1, period: 'day' } } }, /^plans\.Pro!: /],
    [{}, /^plans: /],
  ])('%j says what is wrong', (document, message) => {
    expect(readPlanList(document)).toEqual({ faults: [expect.stringMatching(message)] });
  });
});
