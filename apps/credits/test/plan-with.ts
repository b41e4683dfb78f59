import type { Plan } from '../src/domain/plans.ts';

/** A monthly plan that costs nothing, but for what is given. */
export function planWith(given: Pick<Plan, 'id' | 'amount'> & Partial<Plan>): Plan {
  return {
    period: 'month',
    lifetimePeriods: 1,
    priority: 50,
    name: given.id,
    description: '',
    rank: 0,
    tier: 'free',
    price: null,
    checkout: 'none',
    stripePriceId: null,
    appleProductIds: [],
    public: true,
    trialDays: 0,
    features: [],
    limits: {},
    ...given,
  };
}
