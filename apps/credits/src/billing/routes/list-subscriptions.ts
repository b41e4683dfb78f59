import { listSubscriptions } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listSubscriptions as stored } from '../stores/subscriptions.ts';
import { mayPay, organisationOf } from './organisation-of.ts';
import { subscriptionView } from './subscription-view.ts';

export const listSubscriptionsRoute = ({ database }: Context) =>
  route(listSubscriptions, async ({ identity, query: { limit, offset } }) => {
    const { items, total } = await stored(database, organisationOf(identity), limit, offset);
    const pays = mayPay(identity);
    return { status: 200, body: { items: items.map((item) => subscriptionView(item, pays)), total, limit, offset } };
  });
