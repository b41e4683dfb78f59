import { z } from 'zod';
import { defineEndpoint } from '@turnpike/contracts';

const check = z.enum(['up', 'down', 'degraded']);

/** What the edge itself answers, as the document tells of it. */
export const edgeEndpoints = [
  defineEndpoint({
    id: 'edge.health',
    owner: 'edge',
    family: 'gateway',
    method: 'GET',
    path: '/health',
    access: 'public',
    summary: 'Whether the gateway runs, and is not stopping',
    responses: { 200: z.object({ status: z.literal('healthy'), service: z.string(), version: z.string() }) },
    errors: ['service.unavailable'],
  }),
  defineEndpoint({
    id: 'edge.ready',
    owner: 'edge',
    family: 'gateway',
    method: 'GET',
    path: '/health/ready',
    access: 'public',
    summary: 'Whether this edge should be sent requests, and what it depends on',
    responses: {
      200: z.object({
        status: z.enum(['ready', 'degraded']),
        service: z.string(),
        version: z.string(),
        checks: z.record(z.string(), check),
      }),
    },
    errors: ['service.unavailable'],
  }),
  defineEndpoint({
    id: 'edge-openapi-json',
    owner: 'edge',
    family: 'gateway',
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    summary: 'This document',
    responses: { 200: z.looseObject({ openapi: z.string() }), 304: null },
    errors: [],
  }),
  defineEndpoint({
    id: 'edge-docs',
    owner: 'edge',
    family: 'gateway',
    method: 'GET',
    path: '/docs',
    access: 'public',
    summary: 'The page to browse this document and to try it',
    responses: { 200: z.string(), 304: null },
    responseType: 'text/html',
    errors: [],
  }),
  defineEndpoint({
    id: 'edge-docs-errors',
    owner: 'edge',
    family: 'gateway',
    method: 'GET',
    path: '/docs/errors',
    access: 'public',
    summary: 'What each error code means, and what to do',
    responses: { 200: z.string(), 304: null },
    responseType: 'text/html',
    errors: [],
  }),
];
