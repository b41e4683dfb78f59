import { testPolicies } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { tryOn } from '../try-policies.ts';
import { setOf } from './policy-view.ts';

export const testPoliciesRoute = ({ database }: Context) =>
  route(testPolicies, async ({ identity, body: { text, rule } }) => ({
    status: 200,
    body: await tryOn(text, { database, set: setOf(identity), rule }),
  }));
