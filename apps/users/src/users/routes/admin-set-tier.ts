import { adminSetTier } from '@turnpike/contracts';
import { operatorAct, requireTier, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { updateUser } from '../change-user.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const adminSetTierRoute = ({ config, database, relay }: Context) =>
  route(adminSetTier, async ({ params, body, identity, requestId }) => {
    const { operator_id: operatorId, detail } = operatorAct(identity, body.reason);
    requireTier(config.RATE_LIMIT_TIERS, body.tier);
    const user = await updateUser(
      database,
      params.id,
      { tier: body.tier },
      { action: 'user.tier_changed', actor: 'operator', requestId, operatorId, detail },
    );
    if (!user) throw await missingUser(database, params.id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
