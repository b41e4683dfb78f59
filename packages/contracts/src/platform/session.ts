import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field, shown } from '../fields.ts';
import { operatorRole } from './roles.ts';

export const platformMe = defineEndpoint({
  id: 'platform.me',
  owner: 'auth',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/global/auth/me',
  access: 'user',
  acceptsScoped: true,
  summary: 'The signed-in person',
  responses: {
    200: z
      .object({
        id: field.id,
        email: shown.email.nullable(),
        first_name: shown.name.nullable(),
        last_name: shown.name.nullable(),
        email_verified: z.boolean().describe('Somebody proved to own the address.'),
        has_password: z.boolean(),
        is_platform_admin: z.boolean().describe('An operator with the role `admin`.'),
        operator_role: operatorRole.nullable().describe('Null for who is no operator.'),
        created_at: field.timestamp,
      })
      .meta({ id: 'PlatformMe' }),
  },
  errors: ['auth.missing', 'auth.scope_missing', 'auth.session_revoked', 'service.unavailable'],
});

export const platformLogout = defineEndpoint({
  id: 'platform.logout',
  owner: 'auth',
  family: 'platform',
  method: 'POST',
  path: '/platform/api/global/auth/logout',
  access: 'user',
  acceptsScoped: true,
  openToShared: true,
  endsAccess: true,
  summary: 'End the own session',
  description: 'Its access and refresh tokens end with it.',
  responses: { 204: null },
  errors: ['auth.missing', 'auth.scope_missing', 'service.unavailable'],
});
