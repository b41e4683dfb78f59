import { adminListConfigs, configKeys } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { adminEntries } from './entry-view.ts';

export const adminListConfigsRoute = (context: Context) =>
  route(adminListConfigs, async ({ query: { limit, offset } }) => {
    const items = await adminEntries(context, configKeys.slice(offset, offset + limit));
    return { status: 200, body: { items, total: configKeys.length, limit, offset } };
  });
