import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { env } from '@turnpike/service-kit';
import { PASSWORD_CODE_POINTS_MAX, PASSWORD_LENGTH_FLOOR } from './domain/policy.ts';

/** Hashes at once unless told: libuv has four threads, and looking up hosts and reading files need one of them. */
const HASHES_AT_ONCE_MAX = 3;

/** Settings of passwords; a part of auth's configuration. */
export const passwordSettings = {
  PASSWORD_LENGTH_MIN: env
    .int(15, PASSWORD_LENGTH_FLOOR, PASSWORD_CODE_POINTS_MAX)
    .describe(
      'Shortest password, in characters; NIST SP 800-63B-4 asks 15 where nothing else is asked, and never less than 8.',
    ),
  PASSWORD_HASH_CONCURRENCY: env.int(Math.min(availableParallelism(), HASHES_AT_ONCE_MAX), 1, 64).meta({
    description:
      'Passwords hashed at once by one process, each with 19 MiB; for more than 3 raise UV_THREADPOOL_SIZE too.',
    fallback: 'the number of cores, at most 3',
  }),
  PASSWORD_HASH_QUEUE_MAX: env
    .int(64, 0, 10_000)
    .describe('Passwords that wait to be hashed; further ones are refused with 503.'),
  HIBP_CHECK: env
    .flag(false)
    .describe(
      'Whether a new password is also looked for among those of known breaches, by the first five characters of its SHA-1; while the list cannot be asked it is not.',
    ),
  HIBP_URL: env
    .url()
    .default('https://api.pwnedpasswords.com')
    .describe('Where that list is asked: Have I Been Pwned, or a mirror with the same API.'),
  EMAIL_VERIFICATION: z.enum(['required', 'off']).optional().meta({
    description:
      'Whether a sign-up with a password has to prove its address before there is an account. With `off` a sign-up tells whether an address is taken.',
    fallback: '`required` in production, `off` elsewhere',
  }),
  PLATFORM_APP_URL: env
    .url()
    .optional()
    .describe(
      'Where people use the platform, the base of links in mails (`…/reset-password#token=…`); without it mails carry codes only.',
    ),
} as const;
