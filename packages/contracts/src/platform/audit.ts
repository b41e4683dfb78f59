import { z } from 'zod';
import { auditAction, auditActor } from '../account/audit.ts';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** An entry of the audit trail as the organisation's admins read it. Which operator acted, and why, is not theirs to know. */
const tenantAuditEntry = z
  .object({
    id: z.string(),
    at: field.timestamp,
    action: auditAction,
    actor: auditActor.describe('Who acted: a member, an operator, a service, or the system itself.'),
    user_id: field.id.nullable().describe('The member who acted; null for others, and where they were erased.'),
    email: shown.email.nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TenantAuditEntry' });

export const listTenantAudit = defineEndpoint({
  id: 'platform.listTenantAudit',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/service/audit',
  access: 'tenant',
  minRole: LEAST_ROLE['audit.read'],
  summary: 'What was done in the selected organisation',
  description: 'Newest first; `total` counts up to 10,000.',
  query: z.object({ ...platformPage, action: auditAction.optional() }),
  responses: { 200: platformPageOf(tenantAuditEntry) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});
