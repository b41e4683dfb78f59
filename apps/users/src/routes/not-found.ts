import { AppError } from '@turnpike/service-kit';
import type { UserStore } from '../stores/user-store.ts';

/** What to throw for an id that a change did not find: 410 for a deleted user, 404 for one that never was. */
export async function missingUser(users: UserStore, id: string): Promise<AppError> {
  const user = await users.byId(id);
  return user
    ? new AppError('resource.gone', { detail: 'This user was deleted.' })
    : new AppError('resource.not_found', { detail: 'User not found' });
}
