import { eraseUsage } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

export const eraseUsageRoute = ({ store }: Context) =>
  route(eraseUsage, async ({ body }) => ({ status: 200, body: { erased: await store.erase(body.user_id) } }));
