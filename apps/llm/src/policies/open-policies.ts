import type { Redis } from 'ioredis';
import { internalSigningSecrets, type Logger } from '@turnpike/service-kit';
import type { Config } from '../config.ts';
import type { Database } from '../database.ts';
import { DetectorClient } from '../detectors/detector-client.ts';
import { Detectors } from '../detectors/detectors.ts';
import { InspectionQueue } from '../detectors/inspection-queue.ts';
import { performInspection } from '../detectors/perform-inspection.ts';
import type { LlmMetrics } from '../metrics.ts';
import { PolicyAlerts } from '../violations/policy-alerts.ts';
import type { NewViolation } from '../violations/stored-violation.ts';
import { addViolations } from '../violations/stores/add-violations.ts';
import { ViolationLog } from '../violations/violation-log.ts';
import type { PolicyTools } from './call-policies.ts';
import { PolicySets } from './policy-sets.ts';
import { judgedBy } from './stored-policy.ts';
import { policiesOf } from './stores/policies.ts';

export interface PolicyStores {
  readonly database: Database;
  /** Fails at once while Redis is down. */
  readonly store: Redis;
  /** Waits while Redis is down. */
  readonly patientStore: Redis;
}

/** Opens what calls are judged with, and where it is told what was found. */
export function openPolicies(
  config: Config,
  { database, store, patientStore }: PolicyStores,
  counts: LlmMetrics,
  logger: Logger,
): { readonly tools: PolicyTools; close(): Promise<void> } {
  const policySets = new PolicySets({
    operator: config.policies,
    load: async (set) => (await policiesOf(database, set)).filter(({ rule: { enabled } }) => enabled).map(judgedBy),
    logger,
  });
  const violations = new ViolationLog({
    store: (rows) => addViolations(database, rows),
    logger,
    onLost: (count) => counts.violationsLost.inc(count),
  });
  const alerts = new PolicyAlerts({ store, logger, onOutcome: (outcome) => counts.policyAlerts.inc({ outcome }) });
  counts.waitingViolations(() => violations.waiting);
  const client = new DetectorClient({
    allowPrivate: config.LLM_DETECTORS_ANYWHERE,
    logger,
    onAsked: (outcome) => counts.detectors.inc({ outcome }),
  });
  const onViolation = (violation: NewViolation): void => {
    const { id, policyName, type, category, action, direction, location, matchCount, excerpt, call } = violation;
    counts.violations.inc({ type, action });
    alerts.add(violation);
    const found = { id, policyName, type, category, action, direction, location, matchCount, excerpt };
    logger.info({ requestId: call.requestId, violation: found }, 'a policy found something');
  };
  const queue = new InspectionQueue({
    store,
    patientStore,
    secrets: internalSigningSecrets(config),
    inspect: (inspection) =>
      performInspection(inspection, client, (found) => {
        violations.add(found);
        for (const violation of found) onViolation(violation);
      }),
    logger,
    onOutcome: (outcome) => counts.inspections.inc({ outcome }),
  });
  return {
    tools: { policySets, violations, onViolation, detectors: new Detectors(client, queue) },
    async close() {
      await queue.close();
      await Promise.all([violations.close(), alerts.close(), client.close()]);
    },
  };
}
