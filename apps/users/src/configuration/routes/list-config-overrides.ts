import { isConfigKey, listConfigOverrides } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { findOverrides, findValues } from '../stores/config-values.ts';

export const listConfigOverridesRoute = ({ database }: Context) =>
  route(listConfigOverrides, async ({ query: { key, after, limit } }) => {
    // The contract has checked it.
    if (!isConfigKey(key)) return { status: 200, body: { items: [], next: null } };
    const isLocked = (await findValues(database, undefined, [key])).system(key)?.isLocked === true;
    const found = isLocked ? [] : await findOverrides(database, key, after, limit);
    const items = found.map(({ organisationId, value }) => ({
      organisation_id: organisationId,
      value: typeof value === 'object' ? [...value] : value,
    }));
    return { status: 200, body: { items, next: (items.length === limit && items.at(-1)?.organisation_id) || null } };
  });
