import { listPolicyVersions } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { policyNotFound } from '../change-policy.ts';
import { findPolicy, pageOfVersions } from '../stores/policies.ts';
import { setOf, versionView } from './policy-view.ts';

export const listPolicyVersionsRoute = ({ database }: Context) =>
  route(listPolicyVersions, async ({ identity, params, query: { limit, offset } }) => {
    if ((await findPolicy(database, setOf(identity), params.id)) === undefined) throw policyNotFound();
    const { items, total } = await pageOfVersions(database, params.id, { limit, offset });
    return { status: 200, body: { items: items.map(versionView), total, limit, offset } };
  });
