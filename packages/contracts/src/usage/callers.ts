import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { requestIdFilter } from './fields.ts';

/** For the users service's search: whose request it was. */
export const findCallers = defineEndpoint({
  id: 'usage.findCallers',
  owner: 'usage',
  family: 'internal',
  method: 'GET',
  path: '/internal/usage/callers',
  access: 'service',
  summary: 'Users who made requests with a request id',
  description: 'A client may choose the id, so there may be several.',
  query: z.object({ request_id: requestIdFilter }),
  responses: { 200: z.object({ user_ids: z.array(field.id) }) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
