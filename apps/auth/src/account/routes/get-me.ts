import { getMe } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { readMe } from './me-view.ts';

export const getMeRoute = (context: Context) =>
  route(getMe, async ({ identity }) => ({ status: 200, body: await readMe(context, identity.userId) }));
