import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { LLM_PREFIX } from './providers.ts';

export const llmHealth = defineEndpoint({
  id: 'llm.health',
  owner: 'llm',
  family: 'llm',
  method: 'GET',
  path: `${LLM_PREFIX}/health`,
  access: 'public',
  summary: 'Whether the LLM gateway is alive',
  responses: { 200: z.object({ status: z.literal('healthy'), service: z.string(), version: z.string() }) },
  errors: ['service.unavailable'],
});

const readiness = z.object({
  status: z.enum(['ready', 'degraded', 'not_ready']),
  service: z.string(),
  version: z.string(),
  checks: z.record(z.string(), z.enum(['up', 'degraded', 'down'])),
});

export const llmReady = defineEndpoint({
  id: 'llm.ready',
  owner: 'llm',
  family: 'llm',
  method: 'GET',
  path: `${LLM_PREFIX}/health/ready`,
  access: 'public',
  summary: 'Whether the LLM gateway can take calls',
  description: '503 while its database or the ledger is down. A vendor that is down changes nothing here.',
  responses: { 200: readiness, 503: readiness },
  errors: ['service.unavailable'],
});
