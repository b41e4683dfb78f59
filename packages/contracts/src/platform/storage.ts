import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { queryFlag } from '../query-flag.ts';
import { queryNumber } from '../query-number.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE } from './roles.ts';
import { storageReason } from './storage-reason.ts';

/** Tests of a place that one organisation may ask for in an hour, those before a change included. */
export const STORAGE_TESTS_PER_HOUR = 10;
/** Longest prefix and key id, in characters. */
const PREFIX_CHARS_MAX = 200;
const KEY_ID_CHARS_MAX = 128;
const SECRET_CHARS_MAX = 256;
const ENDPOINT_CHARS_MAX = 255;

/** What is written to an organisation's place. */
export const STORAGE_STREAMS = ['usage_logs', 'audit', 'exports'] as const;
export const storageStream = z.enum(STORAGE_STREAMS);
export type StorageStream = z.output<typeof storageStream>;

const visible = (charsMax: number) =>
  z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'Must be visible ASCII characters without spaces')
    .max(charsMax);

const s3 = z.object({
  provider: z.literal('s3'),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'Must be an http or https URL' })
    .max(ENDPOINT_CHARS_MAX)
    .nullish()
    .describe('Of a store that speaks S3, such as https://s3.example.com; without it Amazon’s of the region.'),
  region: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'Must be a region, such as eu-central-1'),
  bucket: z
    .string()
    .min(3)
    .max(63)
    .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/, 'Must be the name of a bucket'),
  prefix: z
    .string()
    .regex(/^(?:[A-Za-z0-9_.-]+\/)*[A-Za-z0-9_.-]*$/, 'Must be folders, such as turnpike/acme')
    .refine((prefix) => !prefix.split('/').some((part) => part === '.' || part === '..'), 'Must not hold . or ..')
    .max(PREFIX_CHARS_MAX)
    .optional()
    .describe('Folders that everything is put into, such as `turnpike/acme`; a slash at the end makes no difference.'),
  force_path_style: z.boolean().optional().describe('The bucket stands in the path, not in the name of the host.'),
  access_key_id: visible(KEY_ID_CHARS_MAX),
  secret_access_key: visible(SECRET_CHARS_MAX)
    .optional()
    .describe('Left out, the one before is kept, as long as endpoint, region, bucket and access key stay the same.'),
  streams: z.array(storageStream).min(1).optional(),
});

/** A place of one's own, or the operator's. */
const storageChoice = z.discriminatedUnion('provider', [z.object({ provider: z.literal('managed') }), s3]);
export type S3Choice = z.output<typeof s3>;

const storageEntry = z
  .object({
    provider: z.enum(['managed', 's3']),
    endpoint: z.string().nullable(),
    region: z.string().nullable(),
    bucket: z.string().nullable(),
    prefix: z.string().nullable(),
    force_path_style: z.boolean(),
    access_key_id: z.string().nullable(),
    secret_set: z.boolean().describe('All that is said of the secret.'),
    streams: z.array(storageStream),
    status: z
      .enum(['untested', 'ok', 'failing', 'disabled'])
      .describe(
        '`failing`: the last test or write failed, and `last_error` says why; nothing is lost meanwhile. `disabled`: nothing is written.',
      ),
    last_tested_at: field.timestamp.nullable(),
    last_error: storageReason.nullable(),
    updated_at: field.timestamp.nullable(),
  })
  .meta({ id: 'Storage' });

const common = {
  owner: 'users',
  family: 'platform',
  access: 'tenant',
  minRole: LEAST_ROLE['storage.manage'],
} as const;
const PATH = '/platform/api/service/storage';
const errors = ['request.invalid', ...tenantRefusals, 'service.unavailable'] as const;

export const getStorage = defineEndpoint({
  ...common,
  id: 'platform.getStorage',
  method: 'GET',
  path: PATH,
  summary: 'Where the organisation’s records are archived',
  responses: { 200: storageEntry },
  errors,
});

export const setStorage = defineEndpoint({
  ...common,
  id: 'platform.setStorage',
  method: 'PUT',
  path: PATH,
  summary: 'Choose where the organisation’s records are archived',
  description: `Something is written there, read and deleted before it is saved (422 \`storage.unreachable\`, with \`reason\`), unless \`force=true\`. ${STORAGE_TESTS_PER_HOUR} tests an hour.`,
  query: z.object({ force: queryFlag.optional().describe('Save it untested.') }),
  body: storageChoice,
  responses: { 200: storageEntry },
  errors: [...errors, 'storage.unreachable', 'rate_limit.exceeded'],
});

export const resetStorage = defineEndpoint({
  ...common,
  id: 'platform.resetStorage',
  method: 'DELETE',
  path: PATH,
  summary: 'Back to the operator’s place',
  description: 'The access key is forgotten; what was archived stays where it is.',
  responses: { 200: storageEntry },
  errors,
});

export const testStorage = defineEndpoint({
  ...common,
  id: 'platform.testStorage',
  method: 'POST',
  path: `${PATH}/test`,
  summary: 'Try a place',
  description: `With a body that place, without saving it; without one the place that is saved. ${STORAGE_TESTS_PER_HOUR} tests an hour.`,
  body: z.union([storageChoice, z.strictObject({})]),
  bodyOptional: true,
  responses: { 200: z.object({ ok: z.literal(true), tested_at: field.timestamp }) },
  errors: [...errors, 'storage.unreachable', 'rate_limit.exceeded'],
});

export const verifyAuditArchive = defineEndpoint({
  ...common,
  id: 'platform.verifyAuditArchive',
  method: 'GET',
  path: `${PATH}/audit-verification`,
  summary: 'Read the archive of the audit trail, and see whether it is what was written',
  description:
    'Each entry ends with a digest of all before it, across files. Up to 100 files a call, from `after` on; a file is broken where a line was changed, taken out or put in.',
  query: z.object({
    after: queryNumber(0, 2_147_483_647).optional().describe('The number of the last file of the call before.'),
  }),
  responses: {
    200: z
      .object({
        files: z.int().nonnegative().describe('Files that are what was written.'),
        entries: z.int().nonnegative(),
        elsewhere: z.int().nonnegative().describe('Files in a place that is not the present one; these are not read.'),
        broken: z
          .object({
            file: z.string(),
            line: z.int().positive().nullable(),
            fault: z
              .enum(['missing', 'unreadable', 'head', 'previous', 'entry', 'entries', 'end'])
              .describe(
                'Of the file: it is not there, or no gzip. Of its first line. Of an entry. Of how many there are, or how they end.',
              ),
          })
          .nullable()
          .describe('The first fault; null for none.'),
        next_after: z.int().nullable().describe('Where to go on; null at the end.'),
      })
      .meta({ id: 'AuditVerification' }),
  },
  errors: [...errors, 'storage.unreachable'],
});
