import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE } from './roles.ts';
import { exportFailure } from './storage-reason.ts';

/** Exports that an organisation may have at a time. */
export const EXPORTS_MAX = 5;
/** Files of one export; each holds up to 1,000 records. */
export const EXPORT_PAGES_MAX = 10_000;
/** How long an export stays, and how long a link to it works, in seconds. */
export const EXPORT_LIFE_SECONDS = 7 * 86_400;
export const EXPORT_LINK_SECONDS = 3_600;
/** Longest text that is read as the token of a link, in characters. */
const LINK_TOKEN_CHARS_MAX = 512;
/** Downloads, per client address and minute. */
const DOWNLOADS_PER_MINUTE = 30;

/** What an export may hold. */
export const EXPORT_KINDS = ['requests', 'transactions'] as const;
export const exportKind = z.enum(EXPORT_KINDS);
export type ExportKind = z.output<typeof exportKind>;

const exportEntry = z
  .object({
    id: field.id,
    state: z.enum(['running', 'ready', 'failed']),
    include: z.array(exportKind),
    from: field.timestamp.nullable().describe('Null: from the oldest record that is kept.'),
    to: field.timestamp.describe('Exclusive.'),
    records: z.int().nonnegative().describe('Records that are written so far.'),
    bytes: z.int().nonnegative().describe('Size of what is written so far, compressed.'),
    failure: exportFailure
      .nullable()
      .describe('Why it could not be gone on with last; while it is `running` it is tried again, for a day.'),
    requested_by: field.id.nullable(),
    created_at: field.timestamp,
    finished_at: field.timestamp.nullable(),
    expires_at: field.timestamp.nullable().describe('When it is deleted: a week after it was finished.'),
    download: z
      .object({ url: z.string().describe('Relative to the gateway; takes no token.'), expires_at: field.timestamp })
      .nullable()
      .describe('A link that works for an hour, made anew with each answer; null unless it is `ready`.'),
  })
  .meta({ id: 'Export' });

const common = {
  owner: 'users',
  family: 'platform',
  access: 'tenant',
  minRole: LEAST_ROLE['storage.manage'],
} as const;
const PATH = '/platform/api/service/exports';
const errors = ['request.invalid', ...tenantRefusals, 'service.unavailable'] as const;

export const createExport = defineEndpoint({
  ...common,
  id: 'platform.createExport',
  method: 'POST',
  path: PATH,
  summary: 'Have the organisation’s records exported',
  description:
    'Written in the background to the organisation’s own store, or to the operator’s place where it takes no exports; 409 `resource.conflict` where there is neither. ' +
    `Owners are mailed if it fails for a day. It stays for a week. An organisation has at most ${EXPORTS_MAX} at a time (\`tenant.limit_reached\`).`,
  body: z.object({
    include: z.array(exportKind).min(1).optional().describe('Everything unless told.'),
    from: field.givenTimestamp.optional().describe('Records from then on; all that are kept unless told.'),
    to: field.givenTimestamp.optional().describe('Records before then, after `from`; up to now unless told.'),
  }),
  bodyOptional: true,
  responses: { 202: exportEntry },
  errors: [...errors, 'resource.conflict', 'tenant.limit_reached'],
});

export const listExports = defineEndpoint({
  ...common,
  id: 'platform.listExports',
  method: 'GET',
  path: PATH,
  summary: 'The organisation’s exports, newest first',
  responses: { 200: z.object({ items: z.array(exportEntry) }) },
  errors,
});

export const getExport = defineEndpoint({
  ...common,
  id: 'platform.getExport',
  method: 'GET',
  path: `${PATH}/:id`,
  summary: 'An export, with the files it consists of',
  params: z.object({ id: field.id }),
  responses: {
    200: exportEntry
      .extend({
        pages: z
          .array(z.object({ records: z.int().positive(), bytes: z.int().positive(), sha256: z.string() }))
          .max(EXPORT_PAGES_MAX)
          .describe(
            'In their order, as they follow each other in the download; `sha256` in hex, of the compressed file.',
          ),
      })
      .meta({ id: 'ExportWithPages' }),
  },
  errors: [...errors, 'resource.not_found'],
});

export const deleteExport = defineEndpoint({
  ...common,
  id: 'platform.deleteExport',
  method: 'DELETE',
  path: `${PATH}/:id`,
  summary: 'Delete an export',
  description: 'Its links end at once, its files within moments. One that is being written is given up.',
  params: z.object({ id: field.id }),
  responses: { 204: null },
  errors: [...errors, 'resource.not_found'],
});

export const downloadExport = defineEndpoint({
  id: 'platform.downloadExport',
  owner: 'users',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/exports/download',
  access: 'public',
  rateLimit: { per: 'address', perMinute: DOWNLOADS_PER_MINUTE },
  summary: 'Download an export by its link',
  description:
    'All its files as one: gzip of a JSON object a line, each with `record` (`request` or `transaction`). Every file is compared with its digest; a download that breaks off is no whole gzip. The typed client reads it with `fetch`. ' +
    '410 once the link is an hour old or the export is gone.',
  query: z.object({ token: z.string().min(1).max(LINK_TOKEN_CHARS_MAX).describe('As the link has it.') }),
  responses: { 200: null },
  responseType: 'application/gzip',
  responseHeaders: ['Content-Disposition'],
  errors: [
    'request.invalid',
    'resource.not_found',
    'resource.gone',
    'storage.unreachable',
    'rate_limit.exceeded',
    'service.unavailable',
  ],
});
