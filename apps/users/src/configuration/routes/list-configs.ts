import { configKeys, configKeySpec, listConfigs } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { organisationOf } from './caller.ts';
import { entriesFor } from './entry-view.ts';

export const listConfigsRoute = (context: Context) =>
  route(listConfigs, async ({ identity, query: { limit, offset, prefix = '' } }) => {
    const keys = configKeys.filter((key) => configKeySpec(key).tenant !== 'hidden' && key.startsWith(prefix));
    const items = await entriesFor(context, organisationOf(identity), keys.slice(offset, offset + limit));
    return { status: 200, body: { items, total: keys.length, limit, offset } };
  });
