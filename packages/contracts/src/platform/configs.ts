import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { tenantRefusals } from './refusals.ts';
import { LEAST_ROLE } from './roles.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** Longest key, text and list of a value; the registry says less for each key. */
const KEY_CHARS_MAX = 64;
const TEXT_CHARS_MAX = 2_048;
const LIST_ITEMS_MAX = 100;
const VERSION_DIGITS_MAX = 9;

/** A value as it travels; what a key takes is the registry's to say. */
export const configValue = z.union([
  z.string().max(TEXT_CHARS_MAX),
  z.number(),
  z.boolean(),
  z.array(z.string().max(TEXT_CHARS_MAX)).max(LIST_ITEMS_MAX),
]);

export const configParams = z.object({ key: z.string().min(1).max(KEY_CHARS_MAX) });

/** `If-Match: "3"`: change only what is of this version. */
export const configVersionHeader = z.object({
  'if-match': z
    .string()
    .regex(new RegExp(`^(?:"\\d{1,${VERSION_DIGITS_MAX}}"|\\d{1,${VERSION_DIGITS_MAX}})$`), 'Must be a version, as "3"')
    .optional()
    .describe('`version` of what is to be replaced; another one is 409.'),
});

/** What every list of keys shows of one. */
export const configEntryBase = z.object({
  key: z.string(),
  value: configValue
    .nullable()
    .describe('What is in force; null for none, and for every secret: no answer holds one, nor a mask of it.'),
  is_locked: z.boolean().describe('An operator holds it as it is: organisations cannot set it.'),
  is_secret: z.boolean(),
  is_set: z.boolean().describe('Something is in force; all that is said of a secret.'),
  type: z.enum(['integer', 'boolean', 'string', 'list']),
  description: z.string(),
  version: z
    .int()
    .nonnegative()
    .describe('Grows with each change that is made with this route; 0 before the first. For `If-Match`.'),
  updated_at: field.timestamp.nullable().describe('When what is in force was set; null where nobody set it.'),
});

const configEntry = configEntryBase
  .extend({
    source: z.enum(['bootstrap', 'system', 'tenant']).describe('Whose value is in force.'),
    overridable: z.boolean().describe('The organisation may set a value of its own, unless it is locked.'),
  })
  .meta({ id: 'ConfigEntry' });

const common = { owner: 'users', family: 'platform', access: 'tenant' } as const;
const PATH = '/platform/api/service/configs';

export const listConfigs = defineEndpoint({
  ...common,
  id: 'platform.listConfigs',
  method: 'GET',
  path: PATH,
  minRole: LEAST_ROLE['configs.read'],
  summary: 'The configuration in force for the selected organisation',
  query: z.object({ ...platformPage, prefix: z.string().max(KEY_CHARS_MAX).optional().describe('Such as `keys.`.') }),
  responses: { 200: platformPageOf(configEntry) },
  errors: ['request.invalid', ...tenantRefusals, 'service.unavailable'],
});

export const getConfig = defineEndpoint({
  ...common,
  id: 'platform.getConfig',
  method: 'GET',
  path: `${PATH}/:key`,
  minRole: LEAST_ROLE['configs.read'],
  summary: 'One key of the configuration',
  params: configParams,
  responses: { 200: configEntry },
  errors: ['request.invalid', ...tenantRefusals, 'config.unknown', 'service.unavailable'],
});

export const setConfig = defineEndpoint({
  ...common,
  id: 'platform.setConfig',
  method: 'PUT',
  path: `${PATH}/:key`,
  minRole: LEAST_ROLE['configs.write'],
  summary: 'Set a value for the selected organisation',
  description:
    'It acts within a second. Null is refused: `DELETE` takes a value away. A locked key is 409 whatever the value, one that organisations only read 403.',
  params: configParams,
  headers: configVersionHeader,
  body: z.object({ value: configValue }),
  responses: { 200: configEntry },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'auth.forbidden',
    'config.unknown',
    'config.locked',
    'resource.conflict',
    'service.unavailable',
  ],
});

export const resetConfig = defineEndpoint({
  ...common,
  id: 'platform.resetConfig',
  method: 'DELETE',
  path: `${PATH}/:key`,
  minRole: LEAST_ROLE['configs.write'],
  summary: "Take the organisation's own value away",
  description: 'Answers with what is in force then. A value that waits under a lock can be taken away too.',
  params: configParams,
  headers: configVersionHeader,
  responses: { 200: configEntry },
  errors: [
    'request.invalid',
    ...tenantRefusals,
    'auth.forbidden',
    'config.unknown',
    'resource.conflict',
    'service.unavailable',
  ],
});
