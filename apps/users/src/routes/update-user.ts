import { updateUser } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { toUserView } from '../domain/user.ts';
import { missingUser } from './not-found.ts';

export const updateUserRoute = ({ users, relay }: Context) =>
  route(updateUser, async ({ params, body }) => {
    const user = await users.update(params.id, {
      email: body.email,
      emailVerified: body.email_verified,
      displayName: body.display_name,
      tier: body.tier,
    });
    if (!user) throw await missingUser(users, params.id);
    if (body.tier !== undefined) relay.kick();
    return { status: 200, body: toUserView(user) };
  });
