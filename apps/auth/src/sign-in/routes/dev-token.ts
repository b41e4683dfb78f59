import { devToken, foldAscii } from '@turnpike/contracts';
import { AppError, requireTier, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

export const devTokenRoute = ({ config, signIn }: Context) =>
  route(devToken, async (call) => {
    if (!config.devTokens)
      throw new AppError('auth.forbidden', { detail: 'Development tokens are off in production.' });
    const { email, display_name: displayName, tier } = call.body;
    requireTier(config.RATE_LIMIT_TIERS, tier);
    const tokens = await signIn({
      provider: 'dev',
      subject: foldAscii(email),
      email,
      // Nobody proved to own it: such an account must never link with the owner's.
      emailVerified: false,
      displayName: displayName ?? undefined,
      tier: tier ?? undefined,
      actor: 'operator',
      client: clientInfoOf(call),
    }).catch(throwRefusal);
    return { status: 200, body: tokens.response };
  });
