import { refreshSession } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

export const refreshSessionRoute = ({ sessions }: Context) =>
  route(refreshSession, async ({ body }) => {
    const tokens = await sessions.refresh(body.refresh_token).catch(throwRefusal);
    return { status: 200, body: tokens.response };
  });
