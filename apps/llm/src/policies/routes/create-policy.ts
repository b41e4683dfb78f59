import { createPolicy } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { createPolicyOf } from '../change-policy.ts';
import { policyView, setOf } from './policy-view.ts';

export const createPolicyRoute = ({ database }: Context) =>
  route(createPolicy, async ({ identity, body }) => ({
    status: 201,
    body: policyView(await createPolicyOf(database, setOf(identity), body, identity.userId)),
  }));
