import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { queryFlag } from '../query-flag.ts';
import { usageLogItem } from './analytics.ts';

/** How long after its end an hour is archived, so that records which are still on their way are in it, in milliseconds. */
export const ARCHIVE_SETTLING_MS = 600_000;
/** Records of one page. */
export const ARCHIVE_PAGE = 1_000;

export const archiveUsage = defineEndpoint({
  id: 'usage.archive',
  owner: 'usage',
  family: 'internal',
  method: 'GET',
  path: '/internal/usage/organisations/:id/records',
  access: 'service',
  summary: "An organisation's records of a time, newest first",
  description: 'In pages, for whoever archives them; both environments.',
  params: z.object({ id: field.id }),
  query: z.object({
    from: field.timestamp,
    to: field.timestamp.describe('Exclusive.'),
    cursor: field.id.optional().describe('The last record of the page before.'),
    without_late: queryFlag
      .optional()
      .describe('Without those that were stored when their hour may have been archived.'),
  }),
  responses: { 200: z.object({ items: z.array(usageLogItem).max(ARCHIVE_PAGE), next_cursor: field.id.nullable() }) },
  errors: ['request.invalid', 'service.unavailable'],
});

/** Organisations of one page. */
export const ARCHIVE_ORGANISATIONS_PAGE = 1_000;

export const archivedOrganisations = defineEndpoint({
  id: 'usage.archivedOrganisations',
  owner: 'usage',
  family: 'internal',
  method: 'GET',
  path: '/internal/usage/organisations',
  access: 'service',
  summary: 'Organisations with records of a time',
  description: 'In pages, for whoever archives them: at most an hour at once.',
  query: z.object({
    from: field.timestamp,
    to: field.timestamp.describe('Exclusive.'),
    cursor: field.id.optional().describe('The last organisation of the page before.'),
  }),
  responses: {
    200: z.object({ items: z.array(field.id).max(ARCHIVE_ORGANISATIONS_PAGE), next_cursor: field.id.nullable() }),
  },
  errors: ['request.invalid', 'service.unavailable'],
});

/** Records of one archive of late ones. */
export const LATE_BATCH_MAX = 1_000;

export const takeLateBatch = defineEndpoint({
  id: 'usage.takeLateBatch',
  owner: 'usage',
  family: 'internal',
  method: 'POST',
  path: '/internal/usage/late-batches',
  access: 'service',
  summary: 'Records of an organisation’s hour that were stored when it may have been archived',
  description:
    'For whoever archives them. A batch always holds the same records, newest first, and is given out again until it is noted as archived; null where there is none.',
  responses: {
    200: z.object({
      batch: z
        .object({
          id: field.id,
          organisation_id: field.id,
          hour: field.timestamp,
          items: z.array(usageLogItem).max(LATE_BATCH_MAX),
        })
        .nullable(),
    }),
  },
  errors: ['service.unavailable'],
});

export const noteLateBatch = defineEndpoint({
  id: 'usage.noteLateBatch',
  owner: 'usage',
  family: 'internal',
  method: 'POST',
  path: '/internal/usage/late-batches/:id/archived',
  access: 'service',
  summary: 'Note that late records are archived, or need not be',
  description: 'Safe to repeat.',
  params: z.object({ id: field.id }),
  responses: { 204: null },
  errors: ['request.invalid', 'resource.not_found', 'service.unavailable'],
});
