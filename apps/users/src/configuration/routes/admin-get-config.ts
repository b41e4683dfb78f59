import { adminGetConfig } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireKey } from '../domain/registry.ts';
import { adminEntries, onlyEntry } from './entry-view.ts';

export const adminGetConfigRoute = (context: Context) =>
  route(adminGetConfig, async ({ params }) => ({
    status: 200,
    body: onlyEntry(await adminEntries(context, [requireKey(params.key)])),
  }));
