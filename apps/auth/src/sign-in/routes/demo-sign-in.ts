import { demoSignIn } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

/** The account that everybody shares; its address is in a reserved domain (RFC 2606) and unverified, so it links with nothing. */
const DEMO = {
  provider: 'demo',
  subject: 'demo',
  email: 'demo@turnpike.example',
  emailVerified: false,
  displayName: 'Demo',
} as const;

export const demoSignInRoute = ({ demoCredits, config, signIn }: Context) =>
  route(demoSignIn, async ({ requestId }) => {
    if (!config.demoLogin) {
      throw new AppError('auth.forbidden', {
        detail: 'The demo sign-in is off here; DEMO_LOGIN_ENABLED=true turns it on.',
      });
    }
    // Strangers share this account's list of sessions, so it says nothing of where they came from.
    const tokens = await signIn({ ...DEMO, client: { requestId } }).catch(throwRefusal);
    demoCredits.renew(tokens.userId);
    return { status: 200, body: tokens.response };
  });
