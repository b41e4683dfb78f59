import { readSubscription } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { ownerOf } from '../../domain/owner.ts';
import { findCurrent } from '../stores/subscriptions.ts';
import { subscriptionView } from './subscription-view.ts';

export const readSubscriptionRoute = ({ database }: Context) =>
  route(readSubscription, async ({ query }) => {
    const found = await findCurrent(database, ownerOf(query));
    const running = found?.status === 'incomplete' ? undefined : found;
    return {
      status: 200,
      body: { subscription: running === undefined ? null : subscriptionView(running) },
    };
  });
