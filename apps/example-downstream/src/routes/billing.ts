import { billingPlans, billingStatus, HEADER } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { requireUserId } from './caller.ts';

/** What a billing backend would sell; the example only lists it. */
const PLANS = [
  { id: 'free', name: 'Free', tier: 'free', price_cents: 0 },
  { id: 'pro', name: 'Pro', tier: 'pro', price_cents: 1_900 },
  { id: 'enterprise', name: 'Enterprise', tier: 'enterprise', price_cents: 49_900 },
];

export const billingPlansRoute = () => route(billingPlans, () => ({ status: 200, body: { items: PLANS } }));

export const billingStatusRoute = () =>
  route(billingStatus, ({ request }) => {
    const tier = request.headers[HEADER.userTier];
    return {
      status: 200,
      body: { user_id: requireUserId(request), tier: typeof tier === 'string' ? tier : 'free', status: 'active' },
    };
  });
