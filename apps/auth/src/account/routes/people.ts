import { describePeople, findPeople, mailboxAddress, PEOPLE_MAX } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { ownersOfPrefix } from '../../operators/stores/keys.ts';
import * as directory from '../stores/directory.ts';

/** What the users service asks for an operator's list: whom an address finds, and what auth knows of them. */
export const peopleRoutes = ({ database }: Context) => [
  route(describePeople, async ({ body }) => {
    const people = await directory.describePeople(database, body.ids);
    const items = people.map(
      ({ id, email, emailVerified, firstName, lastName, isPlatformAdmin, tenants, lastLoginAt }) => ({
        id,
        email,
        email_verified: emailVerified,
        first_name: firstName,
        last_name: lastName,
        is_platform_admin: isPlatformAdmin,
        tenants,
        last_login_at: lastLoginAt?.toISOString() ?? null,
      }),
    );
    return { status: 200, body: { items } };
  }),
  route(findPeople, async ({ body: { email, key_prefix: prefix } }) => {
    const byKey = prefix === undefined ? [] : await ownersOfPrefix(database, prefix, PEOPLE_MAX);
    const byAddress = email === undefined ? [] : await directory.findPeople(database, email, mailboxAddress(email));
    return { status: 200, body: { ids: [...byKey, ...byAddress] } };
  }),
];
