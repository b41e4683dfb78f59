import { llmHealth, llmReady } from '@turnpike/contracts';
import { readinessOf, route, type Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { createPolicyRoute } from '../policies/routes/create-policy.ts';
import { deletePolicyRoute } from '../policies/routes/delete-policy.ts';
import { getPolicyRoute } from '../policies/routes/get-policy.ts';
import { listPoliciesRoute } from '../policies/routes/list-policies.ts';
import { listPolicyVersionsRoute } from '../policies/routes/list-policy-versions.ts';
import { replacePolicyRoute } from '../policies/routes/replace-policy.ts';
import { testPoliciesRoute } from '../policies/routes/test-policies.ts';
import { getViolationRoute } from '../violations/routes/get-violation.ts';
import { listViolationsRoute } from '../violations/routes/list-violations.ts';
import { updateViolationRoute } from '../violations/routes/update-violation.ts';
import { eraseLlmRoute } from './erase-llm.ts';
import { exportLlmRoute } from './export-llm.ts';
import { keysSpentRoute } from './keys-spent.ts';

/** The endpoints beside the vendors' own APIs. */
export function routes(context: Context): Route[] {
  const about = { service: 'llm-gateway', version: context.config.SERVICE_VERSION };
  const checkReadiness = readinessOf(context.readiness);
  return [
    route(llmHealth, () => ({ status: 200, body: { status: 'healthy', ...about } })),
    route(llmReady, async () => {
      const { status, checks } = await checkReadiness();
      return { status: status === 'not_ready' ? 503 : 200, body: { status, ...about, checks } };
    }),
    listPoliciesRoute(context),
    createPolicyRoute(context),
    testPoliciesRoute(context),
    getPolicyRoute(context),
    replacePolicyRoute(context),
    deletePolicyRoute(context),
    listPolicyVersionsRoute(context),
    listViolationsRoute(context),
    getViolationRoute(context),
    updateViolationRoute(context),
    eraseLlmRoute(context),
    exportLlmRoute(context),
    keysSpentRoute(context),
  ];
}
