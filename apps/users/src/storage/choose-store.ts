import { STORAGE_STREAMS, type S3Choice, type StorageReason } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { isSamePlace, type S3Store } from './domain/store.ts';
import { probe } from './probe.ts';
import { openS3Store } from './s3-client.ts';
import { countTest, findStorage, type StoredStorage } from './stores/storage-settings.ts';

type Needs = Pick<Context, 'config' | 'database' | 'vault'>;

/** The secret of a store is bound to its organisation. */
const contextOf = (organisationId: string): string => `storage|${organisationId}`;

export function sealSecret({ vault }: Pick<Context, 'vault'>, organisationId: string, secret: string): Buffer {
  return vault.seal('storage', Buffer.from(secret), contextOf(organisationId));
}

/** Opens the secret of a store. Throws `VaultError` for one of another organisation or under no configured key. */
export function openSecret(
  { vault }: Pick<Context, 'vault'>,
  { organisationId, secretSealed }: Pick<StoredStorage, 'organisationId' | 'secretSealed'>,
): string {
  return vault.open('storage', secretSealed, contextOf(organisationId)).toString();
}

/** A saved store, with its secret. */
export function openStored(context: Pick<Context, 'vault'>, stored: StoredStorage): S3Store {
  return { ...stored, secretAccessKey: openSecret(context, stored) };
}

/**
 * The store that an organisation chooses. A secret that is left out is the saved one's, as long as it is for the same place and key: otherwise 422,
 * or another endpoint would be sent requests that it signs.
 */
export async function chosenStore(context: Needs, organisationId: string, choice: S3Choice): Promise<S3Store> {
  const chosen = {
    endpoint:
      choice.endpoint === undefined || choice.endpoint === null
        ? null
        : originOf(choice.endpoint, context.config.STORAGE_INTERNAL_ALLOWED),
    region: choice.region,
    bucket: choice.bucket,
    prefix: choice.prefix ?? '',
    forcePathStyle: choice.force_path_style ?? false,
    accessKeyId: choice.access_key_id,
  };
  if (choice.secret_access_key !== undefined) return { ...chosen, secretAccessKey: choice.secret_access_key };
  const stored = await findStorage(context.database, organisationId);
  if (stored === undefined || !isSamePlace(stored, chosen)) throw invalid('body.secret_access_key', 'Required');
  return { ...chosen, secretAccessKey: openStored(context, stored).secretAccessKey };
}

/** Of an endpoint nothing but scheme, host and port is used. */
function originOf(endpoint: string, httpToo: boolean): string {
  const url = new URL(endpoint);
  if (url.protocol !== 'https:' && !httpToo) throw invalid('body.endpoint', 'Must be an https URL');
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw invalid('body.endpoint', 'Must be scheme, host and port alone');
  return url.origin;
}

/** A member of the request that is not as it must be. */
export function invalid(path: string, message: string): AppError {
  return new AppError('request.invalid', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

/** Tries a store. Throws `storage.unreachable` with the reason, and `rate_limit.exceeded` past so many tests an hour. */
export async function requireReachable(context: Needs, organisationId: string, store: S3Store): Promise<void> {
  const reason = await tryStore(context, organisationId, store);
  if (reason !== undefined) throw unreachable(reason);
}

/** The same; returns the reason. */
export async function tryStore(
  { config, database }: Needs,
  organisationId: string,
  store: S3Store,
): Promise<StorageReason | undefined> {
  await requireTest(database, organisationId);
  return probe(() => openS3Store(store, { allowPrivate: config.STORAGE_INTERNAL_ALLOWED }));
}

/** Counts a test. Throws `rate_limit.exceeded` past so many an hour. */
export async function requireTest(database: Context['database'], organisationId: string): Promise<void> {
  if (await countTest(database, organisationId)) return;
  throw new AppError('rate_limit.exceeded', {
    detail: 'The organisation tried its storage as often as it may in an hour.',
    headers: { 'Retry-After': '3600' },
  });
}

export function unreachable(reason: StorageReason): AppError {
  return new AppError('storage.unreachable', {
    detail: 'Nothing could be written there, read and deleted again.',
    extra: { reason },
  });
}

/** Streams of a choice that names none. */
export const ALL_STREAMS = [...STORAGE_STREAMS];
