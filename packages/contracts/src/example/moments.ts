import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { generateBody, jobAccepted, pageOf } from './generation.ts';

const PATH_SEGMENTS_MAX = 8;
const PATH_SEGMENT_CHARS_MAX = 120;
const segment = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._~-]*$/u, 'Use letters, digits, dots, dashes')
  .max(PATH_SEGMENT_CHARS_MAX);

/** `public` moments are for every holder of a service key, `private` ones for their creator alone. */
export const visibility = z.enum(['public', 'private']);
export type Visibility = z.output<typeof visibility>;

export const momentView = z.object({
  path: z.string().describe('Where it is found, e.g. `1969/apollo-11`.'),
  name: z.string(),
  one_liner: z.string(),
  year: z.number().int().nullable(),
  visibility,
  created_by: z.string().nullable().describe('The `X-User-Id` that made it; null where a service did for itself.'),
  status: z.enum(['processing', 'completed']),
  created_at: field.timestamp,
});
export type Moment = z.output<typeof momentView>;

const common = { owner: 'example', family: 'downstream', access: 'service' } as const;
/** Everything after `/moments/`, as its segments. */
const atPath = z.object({ path: z.array(z.string()) });

export const listMoments = defineEndpoint({
  ...common,
  id: 'example.listMoments',
  method: 'GET',
  path: '/api/v1/moments',
  summary: "Public moments and the caller's private ones, newest first",
  query: z.object({ limit: field.limit, offset: field.offset }),
  responses: { 200: pageOf(momentView) },
  errors: ['request.invalid'],
});

export const getMoment = defineEndpoint({
  ...common,
  id: 'example.getMoment',
  method: 'GET',
  path: '/api/v1/moments/*path',
  summary: 'One moment',
  description: "Somebody else's private moment is the same 404 as none at all.",
  params: atPath,
  responses: { 200: momentView },
  errors: ['resource.not_found'],
});

export const createMoment = defineEndpoint({
  ...common,
  id: 'example.createMoment',
  method: 'POST',
  path: '/api/v1/moments',
  summary: 'Write a moment',
  description:
    'Public paths are one namespace; private ones are a namespace of each creator, so that a refusal never tells of a private moment. ' +
    'Without `visibility` a moment of a user is private and one of a service public.',
  body: z.object({
    path: z
      .string()
      .transform((path) => path.replace(/^\/+|\/+$/g, ''))
      .pipe(
        z
          .string()
          .min(1)
          .refine(isMomentPath, `Use 1–${PATH_SEGMENTS_MAX} segments of letters, digits, dots and dashes`),
      ),
    name: z.string().trim().min(1).max(200),
    one_liner: z.string().trim().max(1_000).default(''),
    year: z.number().int().min(-10_000).max(10_000).nullish(),
    visibility: visibility.optional(),
  }),
  responses: { 201: momentView },
  errors: ['request.invalid', 'resource.conflict'],
});

export const setMomentVisibility = defineEndpoint({
  ...common,
  id: 'example.setMomentVisibility',
  method: 'PATCH',
  path: '/api/v1/moments/*path/visibility',
  summary: 'Publish a moment, or take it back',
  params: atPath,
  body: z.object({ visibility }),
  responses: { 200: momentView },
  errors: ['resource.not_found', 'resource.conflict', 'request.invalid'],
});

const generateMomentBody = generateBody.extend({ visibility: visibility.optional() });
const momentJob = jobAccepted.extend({ path: z.string() });

export const generateMoment = defineEndpoint({
  ...common,
  id: 'example.generateMoment',
  method: 'POST',
  path: '/api/v1/generate',
  summary: 'Generate a moment in the background',
  body: generateMomentBody,
  responses: { 202: momentJob },
  errors: ['request.invalid'],
});

export const generateMomentSync = defineEndpoint({
  ...common,
  id: 'example.generateMomentSync',
  method: 'POST',
  path: '/api/v1/generate/sync',
  summary: 'Generate a moment and wait for it',
  body: generateMomentBody,
  responses: { 200: momentView },
  errors: ['request.invalid'],
});

export const generateMomentStream = defineEndpoint({
  ...common,
  id: 'example.generateMomentStream',
  method: 'POST',
  path: '/api/v1/generate/stream',
  summary: 'Generate a moment, telling its progress as server-sent events',
  body: generateMomentBody,
  responses: { 200: null },
  errors: ['request.invalid'],
});

export const bulkGenerate = defineEndpoint({
  ...common,
  access: 'admin',
  id: 'example.bulkGenerate',
  method: 'POST',
  path: '/api/v1/bulk-generate',
  summary: 'Generate many moments in the background',
  description: 'Needs the service key and the admin key.',
  body: z.object({
    queries: z
      .array(generateMomentBody.omit({ simulate: true }))
      .min(1)
      .max(100),
  }),
  responses: { 202: z.array(momentJob) },
  errors: ['request.invalid', 'auth.admin_key_invalid'],
});

export const momentStats = defineEndpoint({
  ...common,
  id: 'example.stats',
  method: 'GET',
  path: '/api/v1/stats',
  summary: 'What is public, in numbers',
  responses: {
    200: z.object({
      total_moments: z
        .number()
        .int()
        .describe(
          'Public moments, counted up to 10,000; private ones are not counted, as counting would tell of them.',
        ),
      earliest_year: z.number().int().nullable(),
      latest_year: z.number().int().nullable(),
    }),
  },
  errors: [],
});

function isMomentPath(path: string): boolean {
  const segments = path.split('/');
  return segments.length <= PATH_SEGMENTS_MAX && segments.every((part) => segment.safeParse(part).success);
}
