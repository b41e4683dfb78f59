import { refresh } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { throwRefusal } from './refusals.ts';

export const refreshRoute = ({ sessions }: Context) =>
  route(refresh, async ({ body }) => {
    const tokens = await sessions.refresh(body.refresh_token).catch(throwRefusal);
    return { status: 200, body: tokens.response };
  });
