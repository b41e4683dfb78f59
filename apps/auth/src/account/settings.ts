import { z } from 'zod';
import { API_KEY_ENVIRONMENT_PATTERN, apiKeyScopes, DEFAULT_API_KEY_SCOPES } from '@turnpike/contracts';
import { env } from '@turnpike/service-kit';

/** Settings of mailed codes, API keys and `/auth/users/me`; a part of auth's configuration. */
export const accountSettings = {
  CREDITS_URL: env.url('http://127.0.0.1:8083').describe('Internal address of the credits service.'),
  LLM_URL: env.url('http://127.0.0.1:8084').describe('Internal address of the LLM gateway.'),
  USAGE_URL: env.url('http://127.0.0.1:8085').describe('Internal address of the usage service.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' })
    .optional()
    .meta({
      description:
        'Where mail goes, with credentials and options (`?requireTLS=true`); without it no codes are mailed.',
      secret: 'foreign',
    }),
  MAIL_FROM: env.string().default('Turnpike <no-reply@turnpike.localhost>').describe('Sender of mails.'),
  MAIL_PRODUCT_NAME: env.string().max(60).default('Turnpike').describe('What mails call the product.'),
  CODES_PER_ADDRESS_PER_HOUR: env
    .int(10, 1, 60)
    .describe(
      'Codes for one address that one client network (an IPv4 address, an IPv6 /64) is sent in an hour; never more than one a minute.',
    ),
  CODES_PER_ADDRESS_TO_STRANGERS_PER_HOUR: env
    .int(20, 1, 1_000)
    .describe('Codes for one address in an hour to all networks that did not sign in to it before.'),
  CODES_PER_CLIENT_PER_HOUR: env
    .int(300, 1, 1_000_000)
    .describe('Codes asked for from one client address (IPv6: one /64) in an hour.'),
  CODES_PER_MINUTE: env.int(1_000, 1, 1_000_000).describe('Codes mailed to anybody in a minute.'),
  API_KEY_ENVIRONMENT: z
    .string()
    .regex(API_KEY_ENVIRONMENT_PATTERN, 'must be 2–12 lower-case letters and digits')
    .optional()
    .describe(
      'Second part of new API keys (`sk_<environment>_…`); `live` in production and `test` elsewhere unless told.',
    ),
  API_KEY_DEFAULT_SCOPES: env
    .list()
    .pipe(apiKeyScopes)
    .transform((scopes): readonly string[] => (scopes.length === 0 ? DEFAULT_API_KEY_SCOPES : scopes))
    .describe('Scopes of a key whose creator names none; all but `users:export` unless told.'),
  API_KEYS_PER_PROJECT: env.int(1_000, 1, 1_000_000).describe('Most live keys of one project.'),
  PROJECTS_PER_USER: env.int(100, 1, 100_000).describe('Most projects of one user.'),
} as const;
