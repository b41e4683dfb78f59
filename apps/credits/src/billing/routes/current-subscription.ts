import { currentSubscription } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { noSubscription } from '../running.ts';
import { findCurrent } from '../stores/subscriptions.ts';
import { mayPay, organisationOf } from './organisation-of.ts';
import { subscriptionView } from './subscription-view.ts';

export const currentSubscriptionRoute = ({ database }: Context) =>
  route(currentSubscription, async ({ identity }) => {
    const found = await findCurrent(database, organisationOf(identity));
    if (found === undefined) throw noSubscription();
    return { status: 200, body: subscriptionView(found, mayPay(identity)) };
  });
