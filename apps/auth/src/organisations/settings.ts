import { env } from '@turnpike/service-kit';

/** Settings of organisations; a part of auth's configuration. */
export const organisationSettings = {
  ORGANISATIONS_OWNED_MAX: env.int(10, 1, 1_000).describe('Most organisations that one person owns.'),
} as const;
