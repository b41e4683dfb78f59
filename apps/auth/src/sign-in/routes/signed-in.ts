import type { login, Output } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import { findPerson } from '../../account/stores/people.ts';
import type { Context } from '../../context.ts';
import { tenantsOf } from '../../organisations/tenants-of.ts';
import type { IssuedTokens } from '../../sessions/domain/sessions.ts';

/** The pair of tokens as the Platform API shows it. */
export function globalTokens({
  response,
}: IssuedTokens): IssuedTokens['response'] & { readonly global_access_token: string } {
  return { ...response, global_access_token: response.access_token };
}

/** What every sign-in of the Platform API answers. */
export async function signedInBody({ database }: Context, tokens: IssuedTokens): Promise<Output<typeof login>> {
  const [person, tenants] = await Promise.all([
    findPerson(database, tokens.userId),
    tenantsOf(database, tokens.userId),
  ]);
  if (person === undefined) throw new AppError('auth.session_revoked');
  return {
    ...globalTokens(tokens),
    user: {
      id: person.id,
      email: person.email,
      first_name: person.firstName,
      last_name: person.lastName,
      email_verified: person.emailVerified,
      is_platform_admin: person.operatorRole === 'admin',
    },
    tenants,
  };
}
