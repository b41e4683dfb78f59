import type { PolicyInput } from '@turnpike/contracts';
import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import type { PolicySetName, StoredPolicy, StoredVersion } from '../stored-policy.ts';

/** The organisation and environment of the token. The edge and admission have checked that there is one. */
export function setOf({ organisation }: GatewayIdentity): PolicySetName {
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return { organisationId: organisation.id, environment: organisation.env };
}

export function policyView({ id, version, rule, createdBy, createdAt, updatedAt }: StoredPolicy) {
  return {
    id,
    ...ruleView(rule),
    version,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    created_by: createdBy,
  };
}

export function versionView({ version, rule, changedBy, changedAt }: StoredVersion) {
  return { version, ...ruleView(rule), changed_at: changedAt.toISOString(), changed_by: changedBy };
}

/** A rule as it is shown. */
export function ruleView(rule: PolicyInput) {
  const { name, description = null, enabled, type, config, action, direction, severity, priority, scope } = rule;
  return { name, description, enabled, type, config, action, direction, severity, priority, scope };
}
