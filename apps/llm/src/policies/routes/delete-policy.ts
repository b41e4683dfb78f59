import { deletePolicy } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { deletePolicyOf } from '../change-policy.ts';
import { setOf } from './policy-view.ts';

export const deletePolicyRoute = ({ database }: Context) =>
  route(deletePolicy, async ({ identity, params }) => {
    await deletePolicyOf(database, setOf(identity), params.id);
    return { status: 204, body: null };
  });
