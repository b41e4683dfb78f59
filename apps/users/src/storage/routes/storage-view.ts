import type { getStorage, Output } from '@turnpike/contracts';
import type { Context } from '../../context.ts';
import { ALL_STREAMS } from '../choose-store.ts';
import { managedError } from '../stores/archive-runs.ts';
import { findStorage } from '../stores/storage-settings.ts';

const NOTHING_ARCHIVED = {
  provider: 'managed',
  endpoint: null,
  region: null,
  bucket: null,
  prefix: null,
  force_path_style: false,
  access_key_id: null,
  secret_set: false,
  streams: [],
  status: 'disabled',
  last_tested_at: null,
  last_error: null,
  updated_at: null,
} as const satisfies Output<typeof getStorage>;

/** An organisation's storage as its admins read it: the secret is in no answer. */
export async function storageViewOf(
  { database, managedPlace }: Pick<Context, 'database' | 'managedPlace'>,
  organisationId: string,
): Promise<Output<typeof getStorage>> {
  const stored = await findStorage(database, organisationId);
  if (stored === undefined) {
    if (managedPlace === undefined) return { ...NOTHING_ARCHIVED, streams: [] };
    const error = (await managedError(database)) ?? null;
    const status = error === null ? 'ok' : 'failing';
    return { ...NOTHING_ARCHIVED, streams: [...ALL_STREAMS], status, last_error: error };
  }
  const { endpoint, region, bucket, prefix, lastTestedAt, lastError } = stored;
  return {
    provider: 's3',
    endpoint,
    region,
    bucket,
    prefix,
    force_path_style: stored.forcePathStyle,
    access_key_id: stored.accessKeyId,
    secret_set: true,
    streams: [...stored.streams],
    status: lastError !== null ? 'failing' : lastTestedAt === null ? 'untested' : 'ok',
    last_tested_at: lastTestedAt?.toISOString() ?? null,
    last_error: lastError,
    updated_at: stored.updatedAt.toISOString(),
  };
}
