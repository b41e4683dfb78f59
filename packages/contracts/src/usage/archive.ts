import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { usageLogItem } from './analytics.ts';

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
