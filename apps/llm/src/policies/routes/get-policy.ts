import { getPolicy } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { policyNotFound } from '../change-policy.ts';
import { findPolicy } from '../stores/policies.ts';
import { policyView, setOf } from './policy-view.ts';

export const getPolicyRoute = ({ database }: Context) =>
  route(getPolicy, async ({ identity, params }) => {
    const found = await findPolicy(database, setOf(identity), params.id);
    if (found === undefined) throw policyNotFound();
    return { status: 200, body: policyView(found) };
  });
