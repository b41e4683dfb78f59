import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

/** Most entries in one report of another service. */
const REPORT_ITEMS_MAX = 100;

/** What happened: dotted, such as `key.created` or `session.opened`. */
export const auditAction = z
  .string()
  .regex(/^[a-z][a-z_]*(?:\.[a-z][a-z_]*)+$/)
  .max(64);
export const auditActor = z.enum(['user', 'operator', 'service', 'system']);
export type AuditActor = z.output<typeof auditActor>;
/** Facts of the event, by name; never a credential. */
const auditDetail = z.record(
  z.string().max(64),
  z.union([z.string().max(512), z.number(), z.boolean(), z.null(), z.array(z.string().max(128)).max(64)]),
);

/** An entry of the audit trail as the person it concerns sees it. */
const ownAuditEntry = z
  .object({
    id: z.string(),
    at: field.timestamp,
    action: auditAction,
    actor: auditActor.describe('Who acted: the user, an operator, a service, or the system itself.'),
    method: z.string().nullable().describe('Way of signing in.'),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    session_id: field.id.nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

const auditEntry = ownAuditEntry.extend({
  user_id: field.id.nullable().describe('Whom it concerns.'),
  user_email: z.string().nullable().describe('The address of whom it concerns; null where none is known any more.'),
  organisation: z
    .object({ id: field.id, name: z.string().nullable() })
    .nullable()
    .describe('The organisation that it concerns.'),
  key: z
    .object({ id: field.id, name: z.string().nullable(), prefix: z.string().nullable() })
    .nullable()
    .describe('The API key that it concerns; without a name once it is gone.'),
  request_id: z.string().nullable(),
  operator: z
    .object({ id: field.id.nullable(), name: z.string() })
    .nullable()
    .describe('Which operator acted: a person by their address, or an admin key. Null where none did.'),
});

function auditPage<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.number().int(), limit: z.number().int(), offset: z.number().int() });
}

export const listOwnAudit = defineEndpoint({
  id: 'auth.listOwnAudit',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/audit',
  access: 'user',
  summary: 'What was done with the own account, newest first',
  query: z.object({ limit: field.limit, offset: field.offset }),
  responses: { 200: auditPage(ownAuditEntry) },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const listAudit = defineEndpoint({
  id: 'auth.listAudit',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/admin/audit',
  access: 'platform_admin',
  summary: 'The audit trail, newest first',
  query: z.object({
    user_id: field.id.optional(),
    action: auditAction.optional(),
    actor: auditActor.optional(),
    operator_id: field.id.optional().describe('Acts of this operator.'),
    request_id: z.string().min(1).max(128).optional(),
    since: field.givenTimestamp.optional(),
    until: field.givenTimestamp.optional(),
    limit: field.limit,
    offset: field.offset,
  }),
  responses: { 200: auditPage(auditEntry) },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'service.unavailable'],
});

/** One audit event that another service reports. */
export const auditReport = z.object({
  id: field.id.describe('Made by the reporter; an event reported twice is recorded once.'),
  at: field.givenTimestamp,
  action: auditAction,
  actor: auditActor,
  user_id: field.id.nullish().describe('Whom it concerns.'),
  organisation_id: field.id.nullish().describe('Within which it was done.'),
  operator_id: field.id.nullish().describe('The operator who acted, where it was a person.'),
  address: z.string().max(45).nullish(),
  request_id: z.string().max(128).nullish(),
  detail: auditDetail.default({}),
});
export type AuditReport = z.input<typeof auditReport>;

/** The action of a service that acted for a user by `X-User-ID`; `detail` holds `caller`, `method` and `path` (the pattern, not the path itself). */
export const SERVICE_ACTED_FOR_USER = 'service.acted_for_user';

/** For services that show who made a change which they keep, and not by whom. */
export const whoReported = defineEndpoint({
  id: 'auth.whoReported',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/audit/operators',
  access: 'service',
  summary: 'Which operators did what was reported under these ids, and why',
  description: 'Events that are not known, not yet or not any more, are left out.',
  body: z.object({ ids: z.array(field.id).max(REPORT_ITEMS_MAX) }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id: field.id,
          operator: z.object({ id: field.id.nullable(), name: z.string() }).nullable(),
          reason: z.string().nullable(),
        }),
      ),
    }),
  },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});

export const reportAudit = defineEndpoint({
  id: 'auth.reportAudit',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/audit',
  access: 'service',
  summary: 'Record audit events of other services',
  description: 'Safe to repeat: entries are known by their id.',
  bodyBytesMax: 256 * 1024,
  body: z.object({
    items: z.array(auditReport).min(1).max(REPORT_ITEMS_MAX).describe(`1–${REPORT_ITEMS_MAX} events.`),
  }),
  responses: { 200: z.object({ recorded: z.number().int().nonnegative() }) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
