import { adminListPlans, listPlans } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { floorCredits } from '../../domain/amounts.ts';
import { listPlans as storedPlans, type StoredPlan } from '../stores/plans.ts';
import { findCurrent } from '../stores/subscriptions.ts';
import { organisationOf } from './organisation-of.ts';

export const listPlansRoute = ({ database }: Context) =>
  route(listPlans, async ({ identity, query: { limit, offset } }) => {
    const [plans, found] = await Promise.all([storedPlans(database), findCurrent(database, organisationOf(identity))]);
    const current = found?.status === 'incomplete' ? undefined : plans.find(({ id }) => id === found?.planId);
    const offered = plans.filter((plan) => plan.id === current?.id || (plan.public && plan.withdrawnAt === null));
    const items = offered.slice(offset, offset + limit).map((plan) => planView(plan, current));
    return { status: 200, body: { items, total: offered.length, limit, offset } };
  });

export const adminListPlansRoute = ({ database }: Context) =>
  route(adminListPlans, async ({ query: { limit, offset } }) => {
    const plans = await storedPlans(database);
    const items = plans.slice(offset, offset + limit).map((plan) => ({
      ...planFacts(plan),
      offered: plan.public && plan.withdrawnAt === null,
      withdrawn_at: plan.withdrawnAt?.toISOString() ?? null,
    }));
    return { status: 200, body: { items, total: plans.length, limit, offset } };
  });

function planView(plan: StoredPlan, current: StoredPlan | undefined) {
  return {
    ...planFacts(plan),
    current: plan.id === current?.id,
    change: current === undefined ? null : changeTo(plan, current),
  };
}

function planFacts(plan: StoredPlan) {
  const { priceAmount: amount, priceCurrency: currency, pricePeriod } = plan;
  const price =
    amount === null || currency === null || pricePeriod === null
      ? null
      : { amount: Number(amount), currency, period: pricePeriod };
  return {
    id: plan.id,
    name: plan.name,
    description: plan.description,
    tier: plan.tier,
    credits_per_period: floorCredits(plan.amount),
    period: plan.period,
    price,
    trial_days: plan.trialDays,
    features: plan.features,
    limits: plan.limits,
    checkout: plan.checkout,
  };
}

function changeTo(plan: StoredPlan, current: StoredPlan): 'current' | 'upgrade' | 'downgrade' {
  if (plan.id === current.id) return 'current';
  return plan.rank > current.rank ? 'upgrade' : 'downgrade';
}
