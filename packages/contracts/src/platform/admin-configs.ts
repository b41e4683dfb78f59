import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorReason } from '../operator-act.ts';
import { configEntryBase, configParams, configValue, configVersionHeader } from './configs.ts';
import { ADMIN_COUNTED_MAX, operatorRefusals } from './operators.ts';
import { platformPage, platformPageOf } from './tenants.ts';

/** A key as operators see it: what holds for whoever has no value of its own. */
const adminConfigEntry = configEntryBase
  .extend({
    source: z.enum(['bootstrap', 'system']).describe('Whose value is in force.'),
    tenant_overridable: z.boolean().describe('Organisations may set values of their own, unless it is locked.'),
    overrides: z
      .int()
      .nonnegative()
      .describe(
        `Organisations with a value of their own, counted up to ${ADMIN_COUNTED_MAX}; under a lock they are kept and not in force.`,
      ),
    updated_by: field.id.nullable().describe('The operator who changed it last; null for an admin key.'),
  })
  .meta({ id: 'AdminConfigEntry' });

const common = { owner: 'users', family: 'platform', access: 'platform_admin' } as const;
const PATH = '/platform/api/admin/configs';

export const adminListConfigs = defineEndpoint({
  ...common,
  id: 'platform.adminListConfigs',
  method: 'GET',
  path: PATH,
  summary: 'Every key of the configuration, for operators',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(adminConfigEntry) },
  errors: ['request.invalid', ...operatorRefusals, 'service.unavailable'],
});

export const adminGetConfig = defineEndpoint({
  ...common,
  id: 'platform.adminGetConfig',
  method: 'GET',
  path: `${PATH}/:key`,
  summary: 'One key of the configuration, for operators',
  params: configParams,
  responses: { 200: adminConfigEntry },
  errors: ['request.invalid', ...operatorRefusals, 'config.unknown', 'service.unavailable'],
});

export const adminSetConfig = defineEndpoint({
  ...common,
  id: 'platform.adminSetConfig',
  method: 'PUT',
  path: `${PATH}/:key`,
  summary: 'Set the value for all organisations, or lock it',
  description:
    'It acts within a second, wherever an organisation has no value of its own. `is_locked` holds every organisation to it: their own values are kept, and in force again once it is unlocked. ' +
    'A key that is locked without a value is held to what the environment says, now and later.',
  params: configParams,
  headers: configVersionHeader,
  body: z
    .object({ value: configValue.optional(), is_locked: z.boolean().optional(), reason: operatorReason })
    .refine(({ value, is_locked }) => value !== undefined || is_locked !== undefined, {
      message: 'Send `value` or `is_locked`',
      path: ['value'],
    }),
  responses: { 200: adminConfigEntry },
  errors: [
    'request.invalid',
    ...operatorRefusals,
    'auth.reauthentication_required',
    'config.unknown',
    'resource.conflict',
    'service.unavailable',
  ],
});

export const adminResetConfig = defineEndpoint({
  ...common,
  id: 'platform.adminResetConfig',
  method: 'DELETE',
  path: `${PATH}/:key`,
  summary: 'Back to what the environment says, and unlocked',
  params: configParams,
  headers: configVersionHeader,
  body: z.object({ reason: operatorReason }),
  bodyOptional: true,
  responses: { 200: adminConfigEntry },
  errors: [
    'request.invalid',
    ...operatorRefusals,
    'auth.reauthentication_required',
    'config.unknown',
    'resource.conflict',
    'service.unavailable',
  ],
});
