import { accountApiRefresh } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { enveloped } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

export const accountApiRefreshRoute = ({ sessions }: Context) =>
  route(accountApiRefresh, async ({ body }) => {
    const tokens = await sessions.refresh(body.refresh_token, body.user_uuid.toLowerCase()).catch(throwRefusal);
    return { status: 200, body: enveloped(tokens.response) };
  });
