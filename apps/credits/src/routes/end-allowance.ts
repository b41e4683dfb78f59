import { endAllowance } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { ownerOf } from '../domain/owner.ts';

export const endAllowanceRoute = ({ allowances }: Context) =>
  route(endAllowance, async ({ params, query }) => ({
    status: 200,
    body: { ended: await allowances.end(ownerOf(query), params.plan) },
  }));
