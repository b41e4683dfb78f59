import { getStorage } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { organisationOf } from '../../configuration/routes/caller.ts';
import type { Context } from '../../context.ts';
import { storageViewOf } from './storage-view.ts';

export const getStorageRoute = (context: Context) =>
  route(getStorage, async ({ identity }) => ({
    status: 200,
    body: await storageViewOf(context, organisationOf(identity)),
  }));
