import { refreshToken } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { enveloped } from './account-replies.ts';
import { throwRefusal } from './refusals.ts';

export const refreshTokenRoute = ({ sessions }: Context) =>
  route(refreshToken, async ({ body }) => {
    const tokens = await sessions.refresh(body.refresh_token, body.user_uuid.toLowerCase()).catch(throwRefusal);
    return { status: 200, body: enveloped(tokens.response) };
  });
