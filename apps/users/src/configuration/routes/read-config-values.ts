import { configKeySpec, isConfigKey, readConfigValues } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { inForce } from '../domain/chain.ts';
import { openSecret } from '../domain/secrets.ts';
import { findValues } from '../stores/config-values.ts';

export const readConfigValuesRoute = ({ bootstrap, database, vault }: Context) =>
  route(readConfigValues, async ({ query: { organisation, keys: texts } }) => {
    const keys = texts.filter((text) => isConfigKey(text));
    const stored = await findValues(database, organisation, keys);
    const items = keys.map((key) => {
      const { source, value, stored: row } = inForce(bootstrap[key], stored.system(key), stored.own(key));
      const place = source === 'tenant' ? organisation : undefined;
      const secret = configKeySpec(key).secret && row?.sealed ? openSecret(vault, place, key, row.sealed) : undefined;
      const shown = typeof value === 'object' && value !== null ? [...value] : value;
      return { key, value: secret ?? shown, source, version: row?.version ?? 0 };
    });
    return { status: 200, body: { items } };
  });
