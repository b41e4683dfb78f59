import { listPolicies } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { pageOfPolicies } from '../stores/policies.ts';
import { policyView, setOf } from './policy-view.ts';

export const listPoliciesRoute = ({ database }: Context) =>
  route(listPolicies, async ({ identity, query: { limit, offset } }) => {
    const { items, total } = await pageOfPolicies(database, setOf(identity), { limit, offset });
    return { status: 200, body: { items: items.map(policyView), total, limit, offset } };
  });
