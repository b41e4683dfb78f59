import { readOrganisation, subscribe } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { Owner } from '../../domain/owner.ts';
import { findCurrent, personOf } from '../stores/subscriptions.ts';
import { chooseFreePlan, choosePlan } from '../subscribe.ts';
import { answerOnce } from './answer-once.ts';
import { organisationOf } from './organisation-of.ts';
import { subscriptionView } from './subscription-view.ts';

export const subscribeRoute = (context: Context) =>
  route(subscribe, (call) => {
    const owner = organisationOf(call.identity);
    return answerOnce(context, `organisation:${owner.id}`, call, subscribe.id, async () => {
      const planId = call.body.plan_id;
      const found = await findCurrent(context.database, owner);
      const running = found?.status === 'incomplete' ? undefined : found;
      const plan = await choosePlan(context.database, planId, running);
      if (running !== undefined && running.planId === planId)
        return { status: 200, body: subscriptionView(running, true) };
      if (plan.checkout !== 'none') throw new AppError('billing.unconfigured');
      const choice = { planId, beneficiaryId: await beneficiaryOf(context, owner) };
      const { created, subscription } = await chooseFreePlan(context, owner, choice);
      context.told();
      return { status: created ? 201 : 200, body: subscriptionView(subscription, true) };
    });
  });

/** Whom free credits of an organisation count for: its owner, by what is known of the person. */
async function beneficiaryOf({ auth, database }: Context, { id }: Owner): Promise<string | null> {
  const { owner_id: ownerId } = await auth.call(readOrganisation, { params: { id } });
  return ownerId === null ? null : personOf(database, ownerId);
}
