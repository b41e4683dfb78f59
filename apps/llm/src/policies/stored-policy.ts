import { z } from 'zod';
import type { PolicyInput, PolicyRule } from '@turnpike/contracts';

/** Whose policies: those of an organisation in one environment. */
export interface PolicySetName {
  readonly organisationId: string;
  readonly environment: string;
}

/** A policy as it is kept. */
export interface StoredPolicy {
  readonly id: string;
  readonly version: number;
  readonly rule: PolicyInput;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A policy as it was. */
export interface StoredVersion {
  readonly version: number;
  readonly rule: PolicyInput;
  readonly changedBy: string | null;
  readonly changedAt: Date;
}

/** What stands in the database was checked when it was written; a later rule for input makes no policy unreadable. */
const keptRule = z.custom<PolicyInput>((value) => typeof value === 'object' && value !== null);

/** The rule of a row. */
export function ruleIn(value: unknown): PolicyInput {
  return keptRule.parse(value);
}

/** A policy as calls are judged by it. */
export function judgedBy({ id, version, rule }: Pick<StoredPolicy, 'id' | 'version' | 'rule'>): PolicyRule {
  return { ...rule, id, version };
}
