import { cancelSubscription, changeSubscription } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { keepPlan, leavePlan } from '../change-current.ts';
import { findCurrent } from '../stores/subscriptions.ts';
import { cancelAtStripe, keepAtStripe } from '../stripe/pay.ts';
import { organisationOf } from './organisation-of.ts';
import { requirePayments } from './require-payments.ts';
import { subscriptionView } from './subscription-view.ts';

export const changeSubscriptionRoute = (context: Context) =>
  route(changeSubscription, async ({ identity, body }) => {
    const owner = organisationOf(identity);
    const current = await findCurrent(context.database, owner);
    const undo = { end: body.cancel_at_period_end === false, plan: body.scheduled_plan_id === null };
    const kept =
      current?.provider === 'stripe' && current.status !== 'incomplete'
        ? await keepAtStripe(requirePayments(context), owner, current, undo)
        : await keepPlan(context, owner);
    return { status: 200, body: subscriptionView(kept, true) };
  });

export const cancelSubscriptionRoute = (context: Context) =>
  route(cancelSubscription, async ({ identity }) => {
    const owner = organisationOf(identity);
    const current = await findCurrent(context.database, owner);
    const left =
      current?.provider === 'stripe'
        ? await cancelAtStripe(requirePayments(context), owner, current)
        : await leavePlan(context, owner);
    context.told();
    return { status: 200, body: subscriptionView(left, true) };
  });
