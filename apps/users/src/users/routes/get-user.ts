import { adminGetUser, getUser } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { toUserView, type User } from '../domain/user.ts';
import { knownToAuth, shownAddress } from '../known-to-auth.ts';
import { findUser } from '../stores/users.ts';
import { missingUser } from './not-found.ts';

/** One user, for services and for operators; these see the address that auth knows. */
export const getUserRoutes = (context: Context) => [
  route(getUser, async ({ params }) => ({ status: 200, body: toUserView(await existing(context, params.id)) })),
  route(adminGetUser, async ({ params: { id }, log }) => {
    const user = await existing(context, id);
    const known = await knownToAuth(context.auth, [id]).catch((err: unknown) => {
      log.warn({ err }, 'a user is shown with the address of the profile');
      return undefined;
    });
    return { status: 200, body: toUserView(shownAddress(user, known?.get(id))) };
  }),
];

async function existing({ database }: Context, id: string): Promise<User> {
  const user = await findUser(database, id);
  if (!user || user.status === 'deleted') throw await missingUser(database, id);
  return user;
}
