import { AppError } from '@turnpike/service-kit';
import type { Db } from '../../database.ts';
import { findUser } from '../stores/users.ts';

/** What to throw for an id that a change did not find: 410 for a deleted user, 404 for one that never was. */
export async function missingUser(db: Db, id: string): Promise<AppError> {
  const user = await findUser(db, id);
  return user
    ? new AppError('resource.gone', { detail: 'This user was deleted.' })
    : new AppError('resource.not_found', { detail: 'User not found' });
}
