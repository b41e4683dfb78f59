import { z } from 'zod';
import type { Database } from '../../database.ts';
import type { NewViolation } from '../stored-violation.ts';

const added = z.object({ added: z.int() });

/** Stores violations; those that are there already are left alone. Returns how many were new. */
export async function addViolations(database: Database, violations: readonly NewViolation[]): Promise<number> {
  const rows = JSON.stringify(violations.map(rowOf), storable);
  return (await database.one(added)`SELECT llm_add_violations(${rows}::jsonb) AS added`).added;
}

/** PostgreSQL keeps neither the character NUL nor halves of characters, and a caller's words may have both. */
function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value;
}

function rowOf({ call, ...violation }: NewViolation): Readonly<Record<string, unknown>> {
  return {
    id: violation.id,
    organisation_id: call.organisationId,
    environment: call.environment,
    user_id: call.userId,
    key_id: call.keyId,
    request_id: call.requestId,
    provider: call.provider,
    model: call.model,
    policy_id: violation.policyId,
    policy_name: violation.policyName,
    policy_version: violation.policyVersion,
    type: violation.type,
    category: violation.category,
    severity: violation.severity,
    action: violation.action,
    direction: violation.direction,
    location: violation.location,
    match_count: violation.matchCount,
    excerpt: violation.excerpt,
    matches: violation.matches,
    phase: violation.phase,
    created_at: violation.createdAt,
  };
}
