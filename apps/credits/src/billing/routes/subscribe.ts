import { readOrganisation, subscribe } from '@turnpike/contracts';
import { AppError, route, type Call } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { Owner } from '../../domain/owner.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { StoredPlan } from '../stores/plans.ts';
import { findCurrent, personOf } from '../stores/subscriptions.ts';
import { changePlan, checkOut } from '../stripe/pay.ts';
import { chooseFreePlan, choosePlan } from '../subscribe.ts';
import { answerOnce } from './answer-once.ts';
import { organisationOf } from './organisation-of.ts';
import { requirePayments } from './require-payments.ts';
import { requireOwnOrigins, returnUrl } from './return-url.ts';
import { subscriptionView } from './subscription-view.ts';

export const subscribeRoute = (context: Context) =>
  route(subscribe, (call) => {
    const owner = organisationOf(call.identity);
    const { success_url, cancel_url } = call.body;
    requireOwnOrigins(context.config, { success_url, cancel_url });
    return answerOnce(context, `organisation:${owner.id}`, call, subscribe.id, async () => {
      const planId = call.body.plan_id;
      const found = await findCurrent(context.database, owner);
      const running = found?.status === 'incomplete' ? undefined : found;
      const plan = await choosePlan(context.database, planId, running);
      if (running !== undefined && running.planId === planId)
        return { status: 200, body: subscriptionView(running, true) };
      if (running?.provider === 'apple') throw new AppError('subscription.exists');
      if (running?.provider === 'stripe') {
        const changed = await changePlan(requirePayments(context), owner, running, plan);
        context.told();
        return { status: 200, body: subscriptionView(changed, true) };
      }
      if (plan.checkout === 'stripe')
        return { status: 202, body: subscriptionView(await begin(context, owner, plan, call), true) };
      const choice = { planId, beneficiaryId: await beneficiaryOf(context, owner) };
      const { created, subscription } = await chooseFreePlan(context, owner, choice);
      context.told();
      return { status: created ? 201 : 200, body: subscriptionView(subscription, true) };
    });
  });

function begin(
  context: Context,
  owner: Owner,
  plan: StoredPlan,
  { body }: Call<typeof subscribe>,
): Promise<Subscription> {
  const tools = requirePayments(context);
  const successUrl = returnUrl(context.config, 'success_url', body.success_url);
  const cancelUrl = returnUrl(context.config, 'cancel_url', body.cancel_url);
  return checkOut(tools, owner, plan, { successUrl, cancelUrl }, () => beneficiaryOf(context, owner));
}

/** Whom free credits and trials of an organisation count for: its owner, by what is known of the person. */
async function beneficiaryOf({ auth, database }: Context, { id }: Owner): Promise<string | null> {
  const { owner_id: ownerId } = await auth.call(readOrganisation, { params: { id } });
  return ownerId === null ? null : personOf(database, ownerId);
}
