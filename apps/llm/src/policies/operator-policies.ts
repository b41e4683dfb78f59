import { z } from 'zod';
import { policyDetection, policySettings, POLICY_LIMITS, type PolicyRule } from '@turnpike/contracts';
import { PolicySet, UnusablePattern } from '@turnpike/policies';

/** Types that look at no text, so that there is nothing to replace. */
const WITHOUT_TEXT = new Set(['model', 'limit']);

/** The operator's policies, which are for the calls of everybody: a list of rules in the form of docs/policies.md, the first the oldest. */
export const policiesFile = z
  .array(z.intersection(policyDetection, policySettings))
  .max(POLICY_LIMITS.rules)
  .superRefine((rules, context) => {
    for (const [index, { type, action }] of rules.entries()) {
      if (type === 'external')
        context.addIssue({ code: 'custom', path: [index, 'type'], message: 'Detectors of others are not asked yet' });
      if (WITHOUT_TEXT.has(type) && action === 'redact')
        context.addIssue({ code: 'custom', path: [index, 'action'], message: `A ${type} cannot be redacted` });
    }
  })
  .transform((rules, context): PolicySet => {
    try {
      return new PolicySet(rules.map(ruleOf).filter(({ enabled }) => enabled));
    } catch (error) {
      if (!(error instanceof UnusablePattern)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

type Listed = z.output<typeof policyDetection> & z.output<typeof policySettings>;

function ruleOf(rule: Listed, index: number): PolicyRule & Pick<Listed, 'enabled'> {
  return { ...rule, id: `operator-${String(index).padStart(4, '0')}`, version: 1 };
}
