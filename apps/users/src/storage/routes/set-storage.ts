import { setStorage } from '@turnpike/contracts';
import { route, writeEvent } from '@turnpike/service-kit';
import { organisationOf } from '../../configuration/routes/caller.ts';
import type { Context } from '../../context.ts';
import { reportOf } from '../../users/stores/audit-events.ts';
import { ALL_STREAMS, chosenStore, requireReachable, sealSecret, unreachable } from '../choose-store.ts';
import { isRefused } from '../s3-client.ts';
import { saveStorage } from '../stores/storage-settings.ts';
import { forgetStorage } from './reset-storage.ts';
import { storageViewOf } from './storage-view.ts';

export const setStorageRoute = (context: Context) =>
  route(setStorage, async ({ identity, query, body, requestId }) => {
    const organisationId = organisationOf(identity);
    if (body.provider === 'managed') await forgetStorage(context, organisationId, identity.userId, requestId);
    else {
      const store = await chosenStore(context, organisationId, body);
      const tested = query.force !== true;
      if (tested) await requireReachable(context, organisationId, store);
      else if (!context.config.STORAGE_INTERNAL_ALLOWED && isRefused(store.endpoint))
        throw unreachable('refused_address');
      const secretSealed = sealSecret(context, organisationId, store.secretAccessKey);
      const streams = body.streams ?? ALL_STREAMS;
      await context.database.transaction(async (db) => {
        await saveStorage(db, { ...store, organisationId, secretSealed, streams, tested, updatedBy: identity.userId });
        const detail = { bucket: store.bucket, endpoint: store.endpoint ?? 'amazon', tested: String(tested) };
        const report = reportOf({ action: 'storage.set', actor: 'user', requestId, detail }, identity.userId);
        await writeEvent(db.query, 'audit.recorded', { ...report, organisation_id: organisationId });
      });
      context.relay.kick();
    }
    return { status: 200, body: await storageViewOf(context, organisationId) };
  });
