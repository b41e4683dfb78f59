import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';

const shownKey = z.object({
  id: field.id,
  prefix: z.string(),
  name: z.string(),
  user_id: field.id,
  project_id: field.id.nullable(),
  scopes: z.array(z.string()),
  created_at: field.timestamp,
  expires_at: field.timestamp.nullable(),
  revoked_at: field.timestamp.nullable(),
  revoke_reason: z.string().nullable(),
  revoked_by: z.string().nullable().describe('Who, as the audit trail has it: user, operator, service or system.'),
});

const shownSession = z.object({
  id: field.id,
  user_id: field.id,
  method: z.string(),
  opened_at: field.timestamp,
  ended_at: field.timestamp.nullable(),
  end_reason: z.string().nullable(),
});

/** For operators who ask why a credential was refused. */
export const inspectCredential = defineEndpoint({
  id: 'auth.inspectCredential',
  owner: 'auth',
  family: 'internal',
  method: 'GET',
  path: '/internal/auth/credentials',
  access: 'service',
  summary: 'What is known of a key and a session',
  description: 'Null for one that there is not, or not any more. No secrets, no addresses.',
  query: z.object({ key_id: field.id.optional(), session_id: field.id.optional() }),
  responses: { 200: z.object({ key: shownKey.nullable(), session: shownSession.nullable() }) },
  errors: ['request.invalid', 'auth.service_key_invalid', 'auth.service_key_unconfigured', 'service.unavailable'],
});
