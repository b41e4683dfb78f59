import { availableParallelism } from 'node:os';
import { env } from '@turnpike/service-kit';
import { PASSWORD_CODE_POINTS_MAX, PASSWORD_LENGTH_FLOOR } from './domain/policy.ts';

/** Hashes at once unless told: libuv has four threads, and looking up hosts and reading files need one of them. */
const HASHES_AT_ONCE_MAX = 3;

/** Settings of passwords; a part of auth's configuration. */
export const passwordSettings = {
  PASSWORD_LENGTH_MIN: env
    .int(15, PASSWORD_LENGTH_FLOOR, PASSWORD_CODE_POINTS_MAX)
    .describe(
      'Shortest password, in characters, default 15 (what NIST SP 800-63B-4 asks where nothing else is asked), at least 8.',
    ),
  PASSWORD_HASH_CONCURRENCY: env
    .int(Math.min(availableParallelism(), HASHES_AT_ONCE_MAX), 1, 64)
    .describe(
      'Passwords hashed at once by one process, each with 19 MiB: as many as there are cores, at most 3, unless told; for more raise UV_THREADPOOL_SIZE too.',
    ),
  PASSWORD_HASH_QUEUE_MAX: env
    .int(64, 0, 10_000)
    .describe('Passwords that wait to be hashed; what comes on top is 503 `auth.busy`. Default 64.'),
} as const;
