import {
  configKeySpec,
  type adminListConfigs,
  type ConfigKey,
  type listConfigs,
  type Output,
} from '@turnpike/contracts';
import type { Context } from '../../context.ts';
import { inForce, type InForce } from '../domain/chain.ts';
import { countOverrides, findValues } from '../stores/config-values.ts';

type Entry = Output<typeof listConfigs>['items'][number];
type AdminEntry = Output<typeof adminListConfigs>['items'][number];
type Needs = Pick<Context, 'bootstrap' | 'database'>;

/** Keys as an organisation reads them. */
export async function entriesFor(
  { bootstrap, database }: Needs,
  organisationId: string,
  keys: readonly ConfigKey[],
): Promise<Entry[]> {
  const stored = await findValues(database, organisationId, keys);
  return keys.map((key) => {
    const system = stored.system(key);
    const own = stored.own(key);
    const isLocked = system?.isLocked === true;
    const found = inForce(bootstrap[key], system, own);
    return {
      ...commonOf(key, found),
      source: found.source,
      is_locked: isLocked,
      overridable: configKeySpec(key).tenant === 'override',
      version: own?.version ?? 0,
    };
  });
}

/** Keys as operators read them. */
export async function adminEntries({ bootstrap, database }: Needs, keys: readonly ConfigKey[]): Promise<AdminEntry[]> {
  const [stored, overrides] = await Promise.all([
    findValues(database, undefined, keys),
    countOverrides(database, keys),
  ]);
  return keys.map((key) => {
    const system = stored.system(key);
    const found = inForce(bootstrap[key], system, undefined);
    return {
      ...commonOf(key, found),
      source: found.source === 'bootstrap' ? 'bootstrap' : 'system',
      is_locked: system?.isLocked === true,
      tenant_overridable: configKeySpec(key).tenant === 'override',
      overrides: overrides.get(key) ?? 0,
      version: system?.version ?? 0,
      updated_by: system?.updatedBy ?? null,
    };
  });
}

/** The one entry of a list of one. */
export function onlyEntry<T>([entry]: readonly T[]): T {
  if (entry === undefined) throw new Error('a key of the registry has no entry');
  return entry;
}

function commonOf(key: ConfigKey, { value, stored }: InForce) {
  const { type, secret, description } = configKeySpec(key);
  return {
    key,
    value: secret ? null : copyOf(value),
    is_secret: secret,
    is_set: value !== null || stored !== undefined,
    type,
    description,
    updated_at: stored?.updatedAt.toISOString() ?? null,
  };
}

function copyOf(value: InForce['value']): Entry['value'] {
  return typeof value === 'object' && value !== null ? [...value] : value;
}
