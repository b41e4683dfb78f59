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
