import { z } from 'zod';
import { CONFIG_KEYS, configKeys, configKeySpec, isConfigKey, type ConfigKey } from '@turnpike/contracts';
import { env } from '@turnpike/service-kit';
import type { Bootstrap, ConfigJson } from './domain/chain.ts';

/** Values for keys of the registry. Secrets are set by operators and organisations, where they are sealed. */
const bootstrapValues = z.record(z.string(), z.unknown()).transform((given, context) => {
  const values: Partial<Record<ConfigKey, ConfigJson>> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!isConfigKey(key)) context.addIssue({ code: 'custom', message: `${key} is no key of the configuration` });
    else if (configKeySpec(key).secret) context.addIssue({ code: 'custom', message: `${key} is a secret` });
    else {
      const { data, error } = CONFIG_KEYS[key].schema.safeParse(value);
      if (data === undefined) context.addIssue({ code: 'custom', message: `${key}: ${error?.issues[0]?.message}` });
      else values[key] = data;
    }
  }
  return values;
});

export const configurationSettings = {
  CONFIG_DEFAULTS: env
    .json(bootstrapValues)
    .default({})
    .describe(
      'JSON of configuration values by key, such as `{"members.max":500}`: in force where neither an operator nor an organisation set one. docs/configuration.md lists the keys.',
    ),
} as const;

/** What is in force of each key before anybody sets anything. */
export function bootstrapOf(defaults: Readonly<Partial<Record<ConfigKey, ConfigJson>>>): Bootstrap {
  const values = configKeys.map((key) => [key, defaults[key] ?? (CONFIG_KEYS[key].default as ConfigJson | null)]);
  return Object.fromEntries(values) as Bootstrap;
}
