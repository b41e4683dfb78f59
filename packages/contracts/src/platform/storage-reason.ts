import { z } from 'zod';

/** Why a place could not be written to; never what the other side said. */
export const storageReason = z.enum([
  'refused_address',
  'dns',
  'tls',
  'timeout',
  'denied',
  'no_such_bucket',
  'checksum',
  'other',
]);
export type StorageReason = z.output<typeof storageReason>;

/** Why an export could not be written: a reason of its store, or it is too large, its store was changed, or a service of ours is unavailable. */
export const exportFailure = z.enum([...storageReason.options, 'too_large', 'store_changed', 'unavailable']);
export type ExportFailure = z.output<typeof exportFailure>;
