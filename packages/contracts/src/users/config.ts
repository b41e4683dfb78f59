import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { configKeySpec, isConfigKey } from '../platform/config-keys.ts';
import { configValue } from '../platform/configs.ts';
import { queryNumber } from '../query-number.ts';

/** Most keys of one read. */
const KEYS_MAX = 50;

/**
 * Redis stream on which users announces that a configuration value changed: fields `organisation_id` (empty for all of them), `key`, `version`.
 * Who keeps values forgets them when it is announced, and after 60 s in any case.
 */
export const CONFIG_STREAM = '{turnpike}:config-changes';

export const listConfigOverrides = defineEndpoint({
  id: 'users.listConfigOverrides',
  owner: 'users',
  family: 'internal',
  method: 'GET',
  path: '/internal/users/config/overrides',
  access: 'service',
  summary: 'Organisations whose own value of a key is in force',
  description:
    'For the service that acts by it over all organisations. By id; none while operators hold the key locked.',
  query: z.object({
    key: z
      .string()
      .refine(
        (key) => isConfigKey(key) && !configKeySpec(key).secret,
        'Must be a key of the registry that is no secret',
      ),
    after: field.id.optional().describe('The last organisation of the page before.'),
    limit: queryNumber(1, 1_000).default(100),
  }),
  responses: {
    200: z.object({
      items: z.array(z.object({ organisation_id: field.id, value: configValue })),
      next: field.id.nullable().describe('`after` of the next page; null on the last.'),
    }),
  },
  errors: ['request.invalid', 'service.unavailable'],
});

export const readConfigValues = defineEndpoint({
  id: 'users.readConfig',
  owner: 'users',
  family: 'internal',
  method: 'GET',
  path: '/internal/users/config',
  access: 'service',
  summary: 'Configuration values in force, secrets included',
  description:
    'For the service that acts by them. Without `organisation`: what holds for whoever has no value of its own.',
  query: z.object({
    organisation: field.id.optional(),
    keys: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.string().refine(isConfigKey, 'Must be keys of the registry')).min(1).max(KEYS_MAX))
      .describe('Keys of the registry, separated by commas: those alone that the caller acts by.'),
  }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          key: z.string(),
          value: configValue.nullable(),
          source: z.enum(['bootstrap', 'system', 'tenant']),
          version: z.int().nonnegative().describe('Of the value in force; 0 for bootstrap.'),
        }),
      ),
    }),
  },
  errors: ['request.invalid', 'service.unavailable'],
});
