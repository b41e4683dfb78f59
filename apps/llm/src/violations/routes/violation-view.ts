import { z } from 'zod';
import { LLM_PROVIDERS, policySeverity, violationStatus } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { ruleView } from '../../policies/routes/policy-view.ts';
import { findVersion } from '../../policies/stores/policies.ts';
import type { StoredViolation } from '../stores/violations.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const matches = z.array(
  z.object({ entity: z.string(), start: z.int(), end: z.int(), masked: z.string(), confidence: z.number() }),
);
const words = z.object({
  provider: z.enum(LLM_PROVIDERS),
  severity: policySeverity,
  action: z.enum(['blocked', 'redacted', 'flagged']),
  direction: z.enum(['request', 'response']),
  status: violationStatus,
  phase: z.enum(['sync', 'async']),
});

/** Violations of one organisation as they are shown, with the records of their calls. */
export async function violationViews({ logIds }: Context, rows: readonly StoredViolation[]) {
  const ids = await logIds.of(rows);
  return rows.map((row) => viewOf(row, ids.get(row.id) ?? null));
}

function viewOf(row: StoredViolation, logId: string | null) {
  return {
    id: row.id,
    created_at: row.createdAt.toISOString(),
    request_id: row.requestId,
    log_id: logId,
    key_id: row.keyId,
    user_id: row.userId,
    environment: row.environment ?? '',
    model: row.model,
    policy_id: row.policyId,
    policy_name: row.policyName,
    policy_version: row.policyVersion,
    type: row.type,
    category: row.category,
    location: row.location,
    match_count: row.matchCount,
    excerpt: row.excerpt,
    note: row.note,
    ...words.parse(row),
  };
}

/** The same with each match, and with the policy as it was when it found them. */
export async function violationDetail({ database, logIds }: Context, row: StoredViolation) {
  const rule = UUID.test(row.policyId) ? await findVersion(database, row.policyId, row.policyVersion) : undefined;
  return {
    ...viewOf(row, (await logIds.of([row])).get(row.id) ?? null),
    matches: matches.parse(row.matches),
    policy: rule === undefined ? null : { id: row.policyId, version: row.policyVersion, ...ruleView(rule) },
    status_changed_by: row.statusChangedBy,
    status_changed_at: row.statusChangedAt?.toISOString() ?? null,
  };
}

/** The one 404 for a violation that there is not, and for that of another organisation or environment. */
export function violationNotFound(): AppError {
  return new AppError('resource.not_found', { detail: 'There is no such violation.' });
}
