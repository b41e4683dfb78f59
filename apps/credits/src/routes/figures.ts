import { creditsFigures } from '@turnpike/contracts';
import { remembered, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { createMonthMovements } from '../stores/month-movements.ts';

/** Summing reads a day of the ledger, and a month of it at first, so it is done once a minute at most. */
const REMEMBERED_MS = 60_000;

export const creditsFiguresRoute = ({ clock, inspection }: Context) => {
  const movements = createMonthMovements((fromMs, untilMs) => inspection.movementsBetween(fromMs, untilMs));
  const count = remembered(REMEMBERED_MS, async () => {
    const [moved, plans] = await Promise.all([movements(clock.nowMs()), inspection.runningPlans()]);
    return { ...moved, plans };
  });
  return route(creditsFigures, async () => {
    const { granted, spent, plans } = await count();
    const byPlan = Object.fromEntries(plans.map(({ plan, running }) => [plan, running]));
    const pastDue = plans.reduce((sum, { pastDue: some }) => sum + some, 0);
    return {
      status: 200,
      body: {
        subscriptions: { by_plan: byPlan, past_due: pastDue },
        granted_micro: granted.toString(),
        spent_micro: spent.toString(),
      },
    };
  });
};
