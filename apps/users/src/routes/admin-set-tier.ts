import { adminSetTier } from '@turnpike/contracts';
import { requireTier, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const adminSetTierRoute = ({ config, users, relay }: Context) =>
  route(adminSetTier, async ({ params, body, requestId }) => {
    requireTier(config.RATE_LIMIT_TIERS, body.tier);
    const user = await users.update(
      params.id,
      { tier: body.tier },
      { action: 'user.tier_changed', actor: 'operator', requestId },
    );
    if (!user) throw await missingUser(users, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
