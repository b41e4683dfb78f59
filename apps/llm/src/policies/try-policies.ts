import type { PolicyInput, PolicyRule } from '@turnpike/contracts';
import { inspectText, PolicySet } from '@turnpike/policies';
import type { Database } from '../database.ts';
import { requirePattern } from './change-policy.ts';
import { judgedBy, type PolicySetName } from './stored-policy.ts';
import { policiesOf } from './stores/policies.ts';

interface Trial {
  readonly database: Database;
  readonly set: PolicySetName;
  /** The one that is tried; otherwise all policies of the set that are enabled. */
  readonly rule: PolicyInput | undefined;
}

/** Any call: rules are tried on their texts alone. */
const CALL = { provider: '', model: '' } as const;

/** What rules find in a text, whatever their scope and direction. Throws 422 for a pattern that cannot be used. */
export async function tryOn(text: string, { database, set, rule }: Trial) {
  if (rule !== undefined) requirePattern(rule, 'body.rule');
  const rules =
    rule === undefined
      ? (await policiesOf(database, set)).filter(({ rule: { enabled } }) => enabled).map(judgedBy)
      : [judgedBy({ id: '', version: 1, rule })];
  const active = new PolicySet(rules.map(everywhere)).activeFor(CALL, 'request');
  if (active === undefined) return { matches: [], blocked: false, redacted: null };
  const { findings, blockedBy, redacted } = await inspectText(text, active);
  return {
    matches: findings.flatMap(({ rule: { id, name, type, action }, matches }) =>
      matches.map(({ entity, start, end, masked, confidence }) => ({
        policy_id: id === '' ? null : id,
        policy_name: name,
        type,
        action,
        entity,
        start,
        end,
        masked,
        confidence,
      })),
    ),
    blocked: blockedBy !== undefined,
    redacted: blockedBy === undefined ? (redacted ?? null) : null,
  };
}

function everywhere(rule: PolicyRule): PolicyRule {
  return { ...rule, scope: {}, direction: 'both' };
}
