import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { accountEntry } from './operating.ts';

/** Entries of one page. */
export const ARCHIVE_ENTRIES_PAGE = 1_000;

export const archiveEntries = defineEndpoint({
  id: 'credits.archiveEntries',
  owner: 'credits',
  family: 'internal',
  method: 'GET',
  path: '/internal/credits/organisations/:id/entries',
  access: 'service',
  summary: "An organisation's entries, newest first",
  description: 'In pages, for whoever exports them; none for an organisation without an account.',
  params: z.object({ id: field.id.toLowerCase() }),
  query: z.object({
    as_of: z
      .string()
      .regex(/^\d{1,18}$/)
      .optional()
      .describe('Count from this entry rather than from the newest, as the page before said.'),
  }),
  responses: {
    200: z.object({
      items: z.array(accountEntry).max(ARCHIVE_ENTRIES_PAGE),
      next_as_of: z.string().nullable().describe('Where to go on; null at the end.'),
    }),
  },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
