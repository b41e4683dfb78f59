import { endAllowance } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

export const endAllowanceRoute = ({ allowances }: Context) =>
  route(endAllowance, async ({ params, query }) => ({
    status: 200,
    body: { ended: await allowances.end(query.user_id, params.plan) },
  }));
