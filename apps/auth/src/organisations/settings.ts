import { env } from '@turnpike/service-kit';

/** Settings of organisations; a part of auth's configuration. */
export const organisationSettings = {
  ORGANISATIONS_OWNED_MAX: env.int(10, 1, 1_000).describe('Most organisations that one person owns.'),
  INVITE_LIFE_DAYS: env.int(7, 1, 30).describe('How long an invite to an organisation can be accepted, in days.'),
} as const;
