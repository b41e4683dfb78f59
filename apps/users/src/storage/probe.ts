import type { StorageReason } from '@turnpike/contracts';
import { AddressRefused, uuidv7 } from '@turnpike/service-kit';
import type { ObjectStore } from './s3-client.ts';

/** How long a test may take, in milliseconds. */
const PROBE_TIMEOUT_MS = 15_000;

/** Writes, reads and deletes an object of its own. `undefined`: it worked; otherwise why it did not, never what the other side said. */
export async function probe(open: () => ObjectStore): Promise<StorageReason | undefined> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const name = `.turnpike-${uuidv7()}`;
  const written = Buffer.from(name);
  try {
    const objects = open();
    try {
      await objects.put(name, written, signal);
      const read = await objects.get(name, signal);
      await objects.delete(name, signal);
      return read.equals(written) ? undefined : 'checksum';
    } finally {
      objects.close();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

const BY_NAME: Readonly<Record<string, StorageReason>> = {
  TimeoutError: 'timeout',
  AbortError: 'timeout',
  NoSuchBucket: 'no_such_bucket',
  AccessDenied: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  BadDigest: 'checksum',
  XAmzContentSHA256Mismatch: 'checksum',
};
const BY_CODE: Readonly<Record<string, StorageReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls',
  EACCES: 'denied',
  EROFS: 'denied',
  EPERM: 'denied',
};
const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** Why a store could not be written to. */
export function reasonOf(error: unknown): StorageReason {
  if (error instanceof AddressRefused) return 'refused_address';
  if (!(error instanceof Error)) return 'other';
  if (error.cause instanceof AddressRefused) return 'refused_address';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return BY_NAME[error.name] ?? BY_CODE[code] ?? (TLS_CODE.test(code) ? 'tls' : 'other');
}
