import { getConfig } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireVisibleKey } from '../domain/registry.ts';
import { organisationOf } from './caller.ts';
import { entriesFor, onlyEntry } from './entry-view.ts';

export const getConfigRoute = (context: Context) =>
  route(getConfig, async ({ identity, params }) => {
    const entries = await entriesFor(context, organisationOf(identity), [requireVisibleKey(params.key)]);
    return { status: 200, body: onlyEntry(entries) };
  });
