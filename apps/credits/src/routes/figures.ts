import { creditsFigures } from '@turnpike/contracts';
import { remembered, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const DAYS_30_MS = 30 * 86_400_000;
/** Summing reads a month of the ledger, so it is done once a minute at most. */
const REMEMBERED_MS = 60_000;

export const creditsFiguresRoute = ({ clock, inspection }: Context) => {
  const count = remembered(REMEMBERED_MS, () => inspection.figuresSince(clock.nowMs() - DAYS_30_MS));
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
