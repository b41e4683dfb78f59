import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { auditAction, auditActor } from './audit.ts';

/** Entries of one page, and organisations of one page. */
export const AUDIT_ARCHIVE_PAGE = 1_000;

const common = { owner: 'auth', family: 'internal', method: 'GET', access: 'service' } as const;
const errors = ['request.invalid', 'service.unavailable'] as const;

/** Entries are numbered in the order in which they are recorded. */
const entryNumber = z.string().regex(/^\d{1,19}$/);
const range = {
  after_id: entryNumber.describe('Exclusive.'),
  until_id: entryNumber.describe('Inclusive.'),
};

/** An entry as it is archived: without addresses, and without which operator acted and why. */
const archivedEntry = z.object({
  id: entryNumber,
  at: field.timestamp,
  action: auditAction,
  actor: auditActor,
  user_id: field.id.nullable(),
  detail: z.record(z.string(), z.unknown()),
});

export const auditMark = defineEndpoint({
  ...common,
  id: 'auth.auditMark',
  path: '/internal/auth/audit/mark',
  summary: 'The last entry of the audit trail',
  description: 'Entries before it may still be on their way into the trail, for as long as a statement may take.',
  responses: { 200: z.object({ last_id: entryNumber }) },
  errors: ['service.unavailable'],
});

export const auditOrganisations = defineEndpoint({
  ...common,
  id: 'auth.auditOrganisations',
  path: '/internal/auth/audit/organisations',
  summary: 'Organisations with entries between two of the audit trail',
  query: z.object({ ...range, cursor: field.id.optional().describe('The last organisation of the page before.') }),
  responses: { 200: z.object({ items: z.array(field.id).max(AUDIT_ARCHIVE_PAGE), next_cursor: field.id.nullable() }) },
  errors,
});

export const auditEntries = defineEndpoint({
  ...common,
  id: 'auth.auditEntries',
  path: '/internal/auth/organisations/:id/audit',
  summary: "An organisation's entries between two of the audit trail, oldest first",
  description: `${AUDIT_ARCHIVE_PAGE} at most, for whoever archives them.`,
  params: z.object({ id: field.id }),
  query: z.object(range),
  responses: { 200: z.object({ items: z.array(archivedEntry).max(AUDIT_ARCHIVE_PAGE) }) },
  errors,
});
