import { platformMe } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { findPerson } from '../stores/people.ts';

export const platformMeRoute = ({ database }: Context) =>
  route(platformMe, async ({ identity }) => {
    const person = await findPerson(database, identity.userId);
    if (person === undefined) throw new AppError('auth.session_revoked');
    return {
      status: 200,
      body: {
        id: person.id,
        email: person.email,
        first_name: person.firstName,
        last_name: person.lastName,
        email_verified: person.emailVerified,
        has_password: person.hasPassword,
        is_platform_admin: person.operatorRole === 'admin',
        operator_role: person.operatorRole,
        created_at: person.createdAt.toISOString(),
      },
    };
  });
