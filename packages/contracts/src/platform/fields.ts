import { z } from 'zod';
import { field, shown, tokenResponse } from '../fields.ts';
import { lineOfText } from '../line-of-text.ts';
import { role } from './roles.ts';

/** Longest first or last name, in characters. */
const NAME_CHARS_MAX = 100;
/** Longest text that is read as a password, in characters; far more than the rules allow, so that they can say what is wrong. */
const PASSWORD_TEXT_CHARS_MAX = 16_384;

/** A first or last name; an empty one is none. */
export const nameOfPerson = z
  .literal('')
  .transform(() => null)
  .or(lineOfText(NAME_CHARS_MAX))
  .nullish()
  .describe(`One visible line of at most ${NAME_CHARS_MAX} characters.`);

/** A password that somebody claims to be theirs. */
export const presentedPassword = z.string().min(1).max(PASSWORD_TEXT_CHARS_MAX);

/** A password that somebody chooses. The rules for it are the service's, which says in `reason` which one it broke. */
export const newPassword = z
  .string()
  .min(1)
  .max(PASSWORD_TEXT_CHARS_MAX)
  .describe(
    'At least `PASSWORD_LENGTH_MIN` (15) and at most 128 characters, any of Unicode, and not one that guessers try first.',
  );

/** The signed-in person in the answer to a sign-in. */
const signedInUser = z
  .object({
    id: field.id,
    email: shown.email.nullable(),
    first_name: shown.name.nullable(),
    last_name: shown.name.nullable(),
    email_verified: z.boolean().describe('Somebody proved to own the address.'),
    is_platform_admin: z.boolean().describe('An operator with the role `admin`.'),
  })
  .meta({ id: 'PlatformUser' });

/** An organisation that a person belongs to, as a sign-in lists it. */
const ownTenant = z
  .object({
    id: field.id,
    slug: z.string(),
    name: shown.name,
    role,
    status: z.enum(['active', 'suspended']),
  })
  .meta({ id: 'OwnTenant' });

/** The pair of tokens, with the access token also under the name that the sequence of sign-in and selection gives it. */
export const globalTokens = tokenResponse.extend({
  global_access_token: z.string().describe('The same text as `access_token`.'),
});

/** What every sign-in of the family answers. */
export const signedIn = globalTokens
  .extend({
    user: signedInUser,
    tenants: z.array(ownTenant).describe('Organisations of the person, at most 100.'),
  })
  .meta({ id: 'SignedIn' });

/** `{"message": "…"}`, the answer of operations that have nothing else to say. */
export const messageResponse = z.object({ message: z.string() }).meta({ id: 'Message' });
