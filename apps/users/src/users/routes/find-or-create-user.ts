import { findOrCreateUser } from '@turnpike/contracts';
import { requireTier, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { DEFAULT_TIER, toUserView } from '../domain/user.ts';
import { signUp } from '../sign-up.ts';

export const findOrCreateUserRoute = (context: Context) =>
  route(findOrCreateUser, async ({ body, log }) => {
    requireTier(context.config.RATE_LIMIT_TIERS, body.tier);
    const fresh = {
      email: body.email ?? null,
      emailVerified: body.email_verified,
      displayName: body.display_name ?? null,
      tier: body.tier ?? DEFAULT_TIER,
    };
    const { user, created } = await signUp(
      context,
      {
        namespace: 'identity',
        key: body.external_key,
        proposedId: body.proposed_id,
        fresh,
        lineageId: body.lineage_id,
      },
      log,
    );
    return { status: 200, body: { user: toUserView(user), created } };
  });
