import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { requestIdFilter } from './fields.ts';

/** Calls that are asked for at a time. */
export const RECORD_IDS_MAX = 100;

/** For violations of the LLM gateway: which record of the log the call has. */
export const findRecordIds = defineEndpoint({
  id: 'usage.findRecordIds',
  owner: 'usage',
  family: 'internal',
  method: 'POST',
  path: '/internal/usage/records/ids',
  access: 'service',
  summary: 'Ids of the records of an organisation’s calls',
  description:
    'By request id and a moment at which the call was under way, since a client may use one id for several. In the order of the question; null for a call whose record is not there yet, or no longer.',
  body: z.object({
    organisation_id: field.id,
    environment: z.string().min(1).max(16),
    calls: z
      .array(z.object({ request_id: requestIdFilter, at: field.timestamp }))
      .min(1)
      .max(RECORD_IDS_MAX),
  }),
  responses: { 200: z.object({ ids: z.array(field.id.nullable()) }) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
