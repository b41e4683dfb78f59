import type { Context } from '../../context.ts';
import { openStored } from '../choose-store.ts';
import { openManaged, within } from '../managed/open-managed.ts';
import { openS3Store, type ObjectStore } from '../s3-client.ts';
import { findStorage } from '../stores/storage-settings.ts';

/** Where an organisation's files go that are not hourly archives. */
export interface Target {
  readonly objects: ObjectStore;
  /** Says which place it is, without a secret. */
  readonly place: string;
}

type Needs = Pick<Context, 'config' | 'database' | 'managedPlace' | 'vault'>;

/** Opens an organisation's own store if it takes that stream, else the operator's place; `undefined` where nothing is archived. */
export async function openTarget(context: Needs, organisationId: string, stream: 'audit'): Promise<Target | undefined> {
  const { config, database, managedPlace } = context;
  const stored = await findStorage(database, organisationId);
  if (stored !== undefined) {
    if (!stored.streams.includes(stream)) return undefined;
    const objects = openS3Store(openStored(context, stored), { allowPrivate: config.STORAGE_INTERNAL_ALLOWED });
    return { objects, place: `${stored.endpoint ?? stored.region}/${stored.bucket}/${stored.prefix}` };
  }
  if (managedPlace === undefined) return undefined;
  return { objects: within(openManaged(managedPlace), organisationId), place: 'managed' };
}
