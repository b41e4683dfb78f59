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
