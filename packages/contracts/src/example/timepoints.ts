import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { generateBody, jobAccepted, pageOf } from './generation.ts';

/** A rendered scene, as the example stores it. */
export const timepointView = z.object({
  id: field.id,
  query: z.string(),
  preset: z.string(),
  status: z.enum(['processing', 'completed']),
  title: z.string().nullable(),
  slug: z.string().nullable(),
  year: z.number().int().nullable(),
  scene: z.string().nullable(),
  image_url: z.string().nullable(),
  parent_id: field.id.nullable().describe('The scene this one was reached from by a jump in time.'),
  created_at: field.timestamp,
  completed_at: field.timestamp.nullable(),
});
export type Timepoint = z.output<typeof timepointView>;

const common = { owner: 'example', family: 'downstream', access: 'service' } as const;
const byId = z.object({ id: field.id });
const pageQuery = z.object({ limit: field.limit, offset: field.offset });

export const generateTimepoint = defineEndpoint({
  ...common,
  id: 'example.generateTimepoint',
  method: 'POST',
  path: '/api/v1/timepoints/generate',
  summary: 'Render a scene in the background',
  body: generateBody,
  responses: { 202: jobAccepted },
  errors: ['request.invalid'],
});

export const generateTimepointSync = defineEndpoint({
  ...common,
  id: 'example.generateTimepointSync',
  method: 'POST',
  path: '/api/v1/timepoints/generate/sync',
  summary: 'Render a scene and wait for it',
  body: generateBody,
  responses: { 200: timepointView },
  errors: ['request.invalid'],
});

export const generateTimepointStream = defineEndpoint({
  ...common,
  id: 'example.generateTimepointStream',
  method: 'POST',
  path: '/api/v1/timepoints/generate/stream',
  summary: 'Render a scene, telling its progress as server-sent events',
  description:
    'Each event is a `data:` line of JSON with `event` (`start`, `step_complete`, `done`), `step` and `progress`; `done` carries the scene.',
  body: generateBody,
  responses: { 200: null },
  errors: ['request.invalid'],
});

export const listTimepoints = defineEndpoint({
  ...common,
  id: 'example.listTimepoints',
  method: 'GET',
  path: '/api/v1/timepoints',
  summary: "The caller's scenes, newest first",
  query: pageQuery,
  responses: { 200: pageOf(timepointView) },
  errors: ['request.invalid'],
});

export const listMyTimepoints = defineEndpoint({
  ...common,
  id: 'example.listMyTimepoints',
  method: 'GET',
  path: '/api/v1/users/me/timepoints',
  summary: "The caller's scenes, newest first",
  query: pageQuery,
  responses: { 200: pageOf(timepointView) },
  errors: ['request.invalid', 'auth.missing'],
});

export const getTimepoint = defineEndpoint({
  ...common,
  id: 'example.getTimepoint',
  method: 'GET',
  path: '/api/v1/timepoints/:id',
  summary: "One of the caller's scenes",
  params: byId,
  responses: { 200: timepointView },
  errors: ['resource.not_found', 'request.invalid'],
});

const JUMP_UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const;
const jumpBody = z.object({
  units: z.number().int().min(1).max(365).default(1),
  unit: z.enum(JUMP_UNITS).default('day'),
  simulate: generateBody.shape.simulate,
});

/** A jump from a scene; an id that is not one of the caller's scenes starts a new line, as the example has no shared history. */
export const temporalNext = defineEndpoint({
  ...common,
  id: 'example.temporalNext',
  method: 'POST',
  path: '/api/v1/temporal/:id/next',
  summary: 'Render a later moment of a scene',
  params: z.object({ id: z.string().min(1).max(128) }),
  body: jumpBody,
  bodyOptional: true,
  responses: { 200: timepointView },
  errors: ['request.invalid'],
});

export const temporalPrior = defineEndpoint({
  ...temporalNext,
  id: 'example.temporalPrior',
  path: '/api/v1/temporal/:id/prior',
  summary: 'Render an earlier moment of a scene',
});

export const chat = defineEndpoint({
  ...common,
  id: 'example.chat',
  method: 'POST',
  path: '/api/v1/interactions/:id/chat',
  summary: 'Talk to a character of a scene',
  params: z.object({ id: z.string().min(1).max(128) }),
  body: z.object({
    message: z.string().trim().min(1).max(4_000),
    character: z.string().trim().min(1).max(120).default('Narrator'),
    session_id: z.string().min(1).max(128).optional(),
    simulate: generateBody.shape.simulate,
  }),
  responses: {
    200: z.object({
      character_name: z.string(),
      response: z.string(),
      emotional_tone: z.string(),
      session_id: z.string(),
    }),
  },
  errors: ['request.invalid'],
});
