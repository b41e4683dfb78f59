import { testStorage } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { organisationOf } from '../../configuration/routes/caller.ts';
import type { Context } from '../../context.ts';
import { chosenStore, openStored, requireReachable, requireTest, tryStore, unreachable } from '../choose-store.ts';
import { openManaged } from '../managed/open-managed.ts';
import { probe } from '../probe.ts';
import { findStorage, noteTest } from '../stores/storage-settings.ts';

export const testStorageRoute = (context: Context) =>
  route(testStorage, async ({ identity, body }) => {
    const organisationId = organisationOf(identity);
    if ('provider' in body && body.provider === 's3')
      await requireReachable(context, organisationId, await chosenStore(context, organisationId, body));
    else if ('provider' in body) await testManaged(context, organisationId);
    else await testSaved(context, organisationId);
    return { status: 200, body: { ok: true, tested_at: new Date().toISOString() } };
  });

async function testSaved(context: Context, organisationId: string): Promise<void> {
  const stored = await findStorage(context.database, organisationId);
  if (stored === undefined) return testManaged(context, organisationId);
  const reason = await tryStore(context, organisationId, openStored(context, stored));
  await noteTest(context.database, organisationId, reason);
  if (reason !== undefined) throw unreachable(reason);
}

async function testManaged(context: Context, organisationId: string): Promise<void> {
  const { managedPlace } = context;
  if (managedPlace === undefined)
    throw new AppError('request.invalid', {
      detail: 'body.provider: Nothing is archived yet: name a place',
      errors: [{ path: 'body.provider', message: 'Nothing is archived yet: name a place' }],
    });
  await requireTest(context.database, organisationId);
  const reason = await probe(() => openManaged(managedPlace));
  if (reason !== undefined) throw unreachable(reason);
}
