import { refreshGlobal } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';
import { globalTokens } from '../../sign-in/routes/signed-in.ts';

export const platformRefreshRoute = ({ sessions }: Context) =>
  route(refreshGlobal, async ({ body }) => {
    const tokens = await sessions.refresh(body.refresh_token).catch(throwRefusal);
    return { status: 200, body: globalTokens(tokens) };
  });
