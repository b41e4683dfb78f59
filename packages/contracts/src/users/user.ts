import { z } from 'zod';
import { field, shown } from '../fields.ts';

/** Longest external id or identity key, in characters: an Apple, Google or GitHub subject with its prefix fits many times over. */
const EXTERNAL_KEY_CHARS_MAX = 255;

/** `active` may sign in; `disabled` was stopped by an operator and can be brought back; `deleted` was erased for good. */
export const userStatus = z.enum(['active', 'disabled', 'deleted']);
export type UserStatus = z.output<typeof userStatus>;

/** A user as services see it. What a deleted user left behind has no e-mail address and no name. */
export const userView = z
  .object({
    id: field.id,
    email: shown.email.nullable(),
    email_verified: z
      .boolean()
      .describe('Somebody proved to own the address; an address given by a service is not verified.'),
    display_name: shown.name.nullable(),
    tier: field.tier,
    status: userStatus,
    created_at: field.timestamp,
    updated_at: field.timestamp,
  })
  .meta({ id: 'User' });
export type User = z.output<typeof userView>;

/** A key that names a person outside of Turnpike, unique forever: `apple:<sub>` for an identity, any string for a service's own id. */
export const externalKey = z
  .string()
  .min(1)
  .max(EXTERNAL_KEY_CHARS_MAX)
  .refine((value) => !value.includes('\0') && value.isWellFormed(), 'Contains a character that cannot be stored')
  .describe(`1–${EXTERNAL_KEY_CHARS_MAX} characters, compared exactly.`);

/** `/…/:id` of a user. */
export const userParams = z.object({ id: field.id });
