import { cancelSubscription, changeSubscription } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { keepPlan, leavePlan } from '../change-current.ts';
import { organisationOf } from './organisation-of.ts';
import { subscriptionView } from './subscription-view.ts';

export const changeSubscriptionRoute = (context: Context) =>
  route(changeSubscription, async ({ identity }) => {
    const kept = await keepPlan(context, organisationOf(identity));
    return { status: 200, body: subscriptionView(kept, true) };
  });

export const cancelSubscriptionRoute = (context: Context) =>
  route(cancelSubscription, async ({ identity }) => {
    const left = await leavePlan(context, organisationOf(identity));
    context.told();
    return { status: 200, body: subscriptionView(left, true) };
  });
