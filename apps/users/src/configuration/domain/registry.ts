import { CONFIG_KEYS, configKeySpec, isConfigKey, type ConfigKey } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { ConfigJson } from './chain.ts';

/** The key of a path. Throws `config.unknown` where the registry has none. */
export function requireKey(text: string): ConfigKey {
  if (!isConfigKey(text)) throw new AppError('config.unknown');
  return text;
}

/** The same for an organisation, which is told of a key that is not its own what it is told of one that does not exist. */
export function requireVisibleKey(text: string): ConfigKey {
  const key = requireKey(text);
  if (configKeySpec(key).tenant === 'hidden') throw new AppError('config.unknown');
  return key;
}

/** The same to set it. Throws `auth.forbidden` where organisations only read. */
export function requireOverridableKey(text: string): ConfigKey {
  const key = requireVisibleKey(text);
  if (configKeySpec(key).tenant !== 'override')
    throw new AppError('auth.forbidden', { detail: 'Only an operator sets this key.' });
  return key;
}

/** A value by the registry. Throws 422 with the path of each fault. */
export function checkedValue(key: ConfigKey, value: ConfigJson): ConfigJson {
  const { success, data, error } = CONFIG_KEYS[key].schema.safeParse(value);
  if (success) return data;
  const errors = error.issues.map(({ path, message }) => ({ path: ['body', 'value', ...path].join('.'), message }));
  throw new AppError('request.invalid', { detail: `${errors[0]?.path}: ${errors[0]?.message}`, errors });
}

/** The version of an `If-Match` header. */
export function versionOf(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header.replaceAll('"', ''));
}
