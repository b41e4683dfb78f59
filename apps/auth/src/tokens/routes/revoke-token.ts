import { revokeToken } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { endSession } from '../../sessions/stores/sessions.ts';

export const revokeTokenRoute = ({ database, revocations, sessions }: Context) =>
  route(revokeToken, async ({ body }) => {
    const sessionId = sessions.sessionOf(body.refresh_token);
    if (sessionId !== undefined)
      await revocations.announce(await endSession(database, sessionId, null, 'token_revoked'));
    return { status: 200, body: enveloped({}) };
  });
