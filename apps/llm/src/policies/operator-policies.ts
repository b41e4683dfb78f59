import { z } from 'zod';
import { policyInput, POLICY_LIMITS, type PolicyInput, type PolicyRule } from '@turnpike/contracts';
import { PolicySet, UnusablePattern } from '@turnpike/policies';

/** The operator's policies, which are for the calls of everybody: a list of rules in the form of docs/policies.md, the first the oldest. */
export const policiesFile = z
  .array(policyInput)
  .max(POLICY_LIMITS.rules)
  .transform((rules, context): PolicySet => {
    try {
      return new PolicySet(rules.map(ruleOf).filter(({ enabled }) => enabled));
    } catch (error) {
      if (!(error instanceof UnusablePattern)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

function ruleOf(rule: PolicyInput, index: number): PolicyRule & Pick<PolicyInput, 'enabled'> {
  return { ...rule, id: `operator-${String(index).padStart(4, '0')}`, version: 1 };
}
