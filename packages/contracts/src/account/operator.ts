import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';

export const revokeLeakedKey = defineEndpoint({
  id: 'auth.revokeLeakedKey',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/admin/keys/revoke',
  access: 'platform_admin',
  operatorRole: 'support',
  endsAccess: true,
  summary: 'End an API key that was found in public, by its value',
  description: 'For secret scanners and operators. Safe to repeat; 404 for a key that is not ours.',
  body: z.object({ key: field.credential, reason: operatorReason }),
  responses: {
    200: z.object({
      key_id: field.id,
      prefix: z.string(),
      user_id: field.id,
      project_id: field.id,
      revoked_at: field.timestamp,
      was_active: z.boolean().describe('It still worked until this call.'),
    }),
  },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'resource.not_found', 'service.unavailable'],
});

export const validateKey = defineEndpoint({
  id: 'auth.validateKey',
  owner: 'auth',
  family: 'internal',
  method: 'POST',
  path: '/internal/auth/validate-key',
  access: 'service',
  summary: 'Whose API key it is',
  description: '404 for a key that is unknown, revoked, suspended or expired.',
  body: z.object({ key: field.credential }),
  responses: {
    200: z.object({
      user_id: field.id,
      key_id: field.id,
      project_id: field.id,
      scopes: z.array(z.string()),
      tier: field.tier,
      organisation_id: field.id.optional().describe('Whose credits the key spends, where it is no personal one.'),
    }),
  },
  errors: [
    'request.invalid',
    'resource.not_found',
    'auth.service_key_invalid',
    'auth.service_key_unconfigured',
    'service.unavailable',
  ],
});

export const listFailedMail = defineEndpoint({
  id: 'auth.listFailedMail',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/admin/mail/failed',
  access: 'platform_admin',
  summary: 'Mails that could not be sent, newest first',
  description: 'Recipients are shown in part, contents and codes not at all.',
  query: z.object({ limit: field.limit, offset: field.offset }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          template: z.string(),
          recipient: z.string().describe('First letter and domain: `a…@example.com`.'),
          reason: z.string().describe('What the mail server or the connection said, as a code.'),
          attempts: z.number().int().positive(),
          queued_at: field.timestamp,
          failed_at: field.timestamp,
        }),
      ),
      total: z.number().int(),
      limit: z.number().int(),
      offset: z.number().int(),
    }),
  },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'service.unavailable'],
});
