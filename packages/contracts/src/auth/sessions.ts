import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { detailResponse, field, tokenResponse } from '../fields.ts';

/** Refreshes per minute with one refresh token: parallel clients of one session do it at the same moment. */
export const REFRESH_PER_MINUTE = 100;

export const refreshSession = defineEndpoint({
  id: 'auth.refresh',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/refresh',
  access: 'public',
  rateLimit: { per: 'credential', member: 'refresh_token', perMinute: REFRESH_PER_MINUTE },
  summary: 'Exchange a refresh token for a new pair',
  description:
    'The refresh token rotates. For 30 seconds the token just replaced is answered with the same successor, so that a lost answer or ' +
    'parallel calls do no harm; after that, presenting it ends its session. An outage is 503, never 401: keep the token and try again.',
  body: z.object({ refresh_token: field.credential }),
  responses: { 200: tokenResponse },
  errors: ['request.invalid', 'auth.refresh_invalid', 'auth.session_revoked', 'service.unavailable'],
});

export const logout = defineEndpoint({
  id: 'auth.logout',
  owner: 'auth',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/auth/logout',
  access: 'user',
  openToShared: true,
  endsAccess: true,
  summary: 'End a session, or all of them',
  description:
    "Without a body the caller's own session ends. `refresh_token` ends the session it belongs to, if that is the caller's; " +
    '`all` ends every session of the user, and is refused in the demo account, which everybody shares.',
  body: z.object({ refresh_token: field.credential.nullish(), all: z.boolean().nullish() }),
  bodyOptional: true,
  responses: { 200: detailResponse },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'auth.forbidden', 'service.unavailable'],
});

/** A session as its owner sees it. */
const sessionView = z
  .object({
    id: field.id,
    method: z.string().describe('How it was opened: apple, google, github, email, password, demo, dev or service.'),
    device: z.string().nullable().describe('A word for the device, such as `iPhone`, where its user agent tells.'),
    user_agent: z.string().nullable(),
    address: z.string().nullable().describe('Client address at sign-in.'),
    created_at: field.timestamp,
    last_used_at: field.timestamp.describe('Sign-in or last refresh.'),
    expires_at: field.timestamp,
    current: z.boolean().describe('The session that asks.'),
  })
  .meta({ id: 'Session' });

export const listSessions = defineEndpoint({
  id: 'auth.listSessions',
  owner: 'auth',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/auth/sessions',
  access: 'user',
  summary: 'List own live sessions, newest first',
  query: z.object({ limit: field.limit, offset: field.offset }),
  responses: {
    200: z.object({
      items: z.array(sessionView),
      total: z.number().int(),
      limit: z.number().int(),
      offset: z.number().int(),
    }),
  },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'service.unavailable'],
});

export const deleteSession = defineEndpoint({
  id: 'auth.deleteSession',
  owner: 'auth',
  family: 'gateway',
  method: 'DELETE',
  path: '/api/v1/auth/sessions/:id',
  access: 'user',
  endsAccess: true,
  summary: 'End one of the own sessions',
  params: z.object({ id: field.id }),
  responses: { 200: detailResponse },
  errors: ['request.invalid', 'auth.missing', 'auth.scope_missing', 'resource.not_found', 'service.unavailable'],
});
