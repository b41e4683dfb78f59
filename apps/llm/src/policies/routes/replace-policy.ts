import { replacePolicy } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { replacePolicyOf } from '../change-policy.ts';
import { policyView, setOf } from './policy-view.ts';

export const replacePolicyRoute = ({ database }: Context) =>
  route(replacePolicy, async ({ identity, params, body: { version, ...rule } }) => {
    const change = { id: params.id, version, rule, by: identity.userId };
    return { status: 200, body: policyView(await replacePolicyOf(database, setOf(identity), change)) };
  });
