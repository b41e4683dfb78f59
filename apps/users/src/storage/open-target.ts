import type { Context } from '../context.ts';
import { openStored } from './choose-store.ts';
import { openManaged, within } from './managed/open-managed.ts';
import { openS3Store, type ObjectStore } from './s3-client.ts';
import { findStorage, type StoredStorage } from './stores/storage-settings.ts';

/** Where an organisation's files go that are not hourly archives. */
export interface Target {
  readonly objects: ObjectStore;
  /** Says which place it is, without a secret. */
  readonly place: string;
}

type Needs = Pick<Context, 'config' | 'database' | 'managedPlace' | 'vault'>;

const MANAGED = 'managed';

/** Opens an organisation's own store if it takes that stream, else the operator's place; `undefined` where nothing is archived. */
export async function openTarget(
  context: Needs,
  organisationId: string,
  stream: 'usage_logs' | 'audit',
): Promise<Target | undefined> {
  const stored = await findStorage(context.database, organisationId);
  if (stored === undefined) return openOperators(context, organisationId);
  return stored.streams.includes(stream) ? openOwn(context, stored) : undefined;
}

/** Which place takes an export: the organisation's own store, unless it takes no exports, else the operator's; `undefined` for none. */
export async function exportPlace(
  { database, managedPlace }: Needs,
  organisationId: string,
): Promise<string | undefined> {
  const stored = await findStorage(database, organisationId);
  if (stored?.streams.includes('exports') === true) return placeOf(stored);
  return managedPlace === undefined ? undefined : MANAGED;
}

/** Opens a place of an organisation; `undefined` where it has that one no more. */
export async function openPlace(
  context: Needs,
  organisationId: string,
  place: string,
): Promise<ObjectStore | undefined> {
  if (place === MANAGED) return openOperators(context, organisationId)?.objects;
  const stored = await findStorage(context.database, organisationId);
  return stored !== undefined && placeOf(stored) === place ? openOwn(context, stored).objects : undefined;
}

const placeOf = ({ endpoint, region, bucket, prefix }: StoredStorage): string =>
  `${endpoint ?? region}/${bucket}/${prefix}`;

function openOwn(context: Needs, stored: StoredStorage): Target {
  const objects = openS3Store(openStored(context, stored), { allowPrivate: context.config.STORAGE_INTERNAL_ALLOWED });
  return { objects, place: placeOf(stored) };
}

function openOperators({ managedPlace }: Needs, organisationId: string): Target | undefined {
  if (managedPlace === undefined) return undefined;
  return { objects: within(openManaged(managedPlace), organisationId), place: MANAGED };
}
