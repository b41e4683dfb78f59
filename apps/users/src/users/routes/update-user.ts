import { updateUser as endpoint } from '@turnpike/contracts';
import { requireTier, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { updateUser } from '../change-user.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const updateUserRoute = ({ config, database, relay }: Context) =>
  route(endpoint, async ({ params, body, caller, requestId }) => {
    requireTier(config.RATE_LIMIT_TIERS, body.tier);
    const change = {
      email: body.email,
      emailVerified: body.email_verified,
      displayName: body.display_name,
      tier: body.tier,
    };
    const auditEvent = {
      action: 'user.tier_changed',
      actor: 'service',
      requestId,
      detail: { caller: caller.name },
    } as const;
    const user = await updateUser(database, params.id, change, auditEvent);
    if (!user) throw await missingUser(database, params.id);
    if (body.tier !== undefined) relay.kick();
    return { status: 200, body: toUserView(user) };
  });
