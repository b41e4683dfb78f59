import { z } from 'zod';
import { environment, keyConstraints } from '@turnpike/contracts';
import type { Db } from '../../database.ts';
import type { FoundApiKey } from '../domain/api-key.ts';

const found = z.object({
  id: z.string(),
  user_id: z.string(),
  project_id: z.string(),
  tier: z.string(),
  lineage_id: z.string(),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.int().nullable(),
  state: z.enum(['live', 'revoked', 'suspended', 'paused', 'expired', 'tenant_suspended']),
  created_at: z.date(),
  ends_at: z.date().nullable(),
  constraints: keyConstraints,
  organisation_id: z.string().nullable(),
  environment: environment.nullable(),
});

/**
 * The key with this digest, as introspection judges it. A key whose overlap is over is revoked; one whose owner is disabled is suspended. An
 * organisation's key has the tier of the organisation.
 */
export async function findApiKey(db: Db, digest: Buffer): Promise<FoundApiKey | undefined> {
  const row = await db.maybeOne(found)`
    SELECT k.id, k.user_id, k.project_id, coalesce(o.tier, a.tier) AS tier, a.lineage_id, k.scopes, k.rate_limit_per_minute, k.created_at,
           least(k.expires_at, k.retires_at) AS ends_at, k.constraints, k.organisation_id, k.environment,
           CASE WHEN k.revoked_at IS NOT NULL OR k.retires_at <= clock_timestamp() OR a.status = 'deleted' THEN 'revoked'
                WHEN k.expires_at <= clock_timestamp() THEN 'expired'
                WHEN o.status <> 'active' THEN 'tenant_suspended'
                WHEN k.paused_at IS NOT NULL THEN 'paused'
                WHEN a.status <> 'active' THEN 'suspended'
                ELSE 'live' END AS state
      FROM api_key k JOIN account a ON a.user_id = k.user_id LEFT JOIN organisation o ON o.id = k.organisation_id
     WHERE k.digest = ${digest}::bytea`;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    userId: row.user_id,
    projectId: row.project_id,
    tier: row.tier,
    lineageId: row.lineage_id,
    scopes: row.scopes,
    perMinute: row.rate_limit_per_minute ?? undefined,
    state: row.state,
    createdAtMs: row.created_at.getTime(),
    endsAtMs: row.ends_at?.getTime(),
    constraints: row.constraints,
    organisation:
      row.organisation_id === null || row.environment === null
        ? undefined
        : { id: row.organisation_id, environment: row.environment },
  };
}
