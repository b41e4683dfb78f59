import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { externalKey } from './user.ts';

/** Services call it to learn our id of a person they know by an id of their own. */
export const resolveUser = defineEndpoint({
  id: 'users.resolve',
  owner: 'users',
  family: 'gateway',
  method: 'POST',
  path: '/api/v1/users/resolve',
  access: 'service',
  summary: 'Find or create a user by external id',
  description:
    'External ids form one namespace for all services of a deployment, apart from the identities people sign in with: the same ' +
    '`external_id` is the same user, whichever service asks. Never matches by e-mail. `email` and `display_name` describe a new user ' +
    'and are ignored for one that exists; the address counts as unverified. A new user receives the sign-up credits once.',
  body: z.object({
    external_id: externalKey,
    email: field.email.nullish(),
    display_name: field.name.nullish(),
  }),
  responses: {
    200: z.object({
      user_id: field.id,
      created: z.boolean().describe('True for exactly one of any number of concurrent calls.'),
    }),
  },
  errors: [
    'request.invalid',
    'auth.forbidden',
    'auth.service_key_invalid',
    'auth.service_key_unconfigured',
    'service.unavailable',
  ],
});

/** The caller's own data of every service and backend, as one JSON document. */
export const exportUser = defineEndpoint({
  id: 'users.export',
  owner: 'users',
  family: 'gateway',
  method: 'GET',
  path: '/api/v1/users/me/export',
  access: 'user',
  scope: 'users:export',
  summary: 'Download all of my data',
  description:
    'A JSON object sent as an attachment: `user`, `identities`, `sessions`, `api_keys`, `credit_history`, `timepoints` and every ' +
    'other table that holds something about the caller. No secrets. `unavailable` names the sections of backends that could not be read ' +
    'just now, which are null. A download that breaks off is not valid JSON.',
  responses: {
    200: z.looseObject({
      exported_at: field.timestamp,
      unavailable: z.array(z.string()).describe('Sections that could not be read just now.'),
      user: z.record(z.string(), z.unknown()),
      identities: z.array(z.unknown()),
      sessions: z.array(z.unknown()),
      api_keys: z.array(z.unknown()),
      credit_history: z.array(z.unknown()),
    }),
  },
  responseHeaders: ['Content-Disposition'],
  errors: ['auth.missing', 'auth.scope_missing', 'resource.gone', 'service.unavailable'],
});
