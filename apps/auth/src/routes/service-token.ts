import { lookupUser, serviceToken } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { noteAccount, setActive } from '../stores/accounts.ts';
import { clientInfoOf } from './client-info.ts';
import { throwRefusal } from './refusals.ts';

export const serviceTokenRoute = ({ database, sessions, users }: Context) =>
  route(serviceToken, async (call) => {
    const user = await users.call(lookupUser, { query: { ref: call.body.user_id } }).catch(hideWhy);
    // Users made by another service have never signed in, and one brought back may still be noted as disabled.
    await noteAccount(database.query, user.id, user.tier);
    await setActive(database.query, user.id, user.tier);
    const tokens = await sessions
      .open({ userId: user.id, method: 'service', actor: 'operator', client: clientInfoOf(call) })
      .catch(throwRefusal);
    return { status: 200, body: tokens.response };
  });

/** Unknown, disabled and deleted are one answer. */
function hideWhy(error: unknown): never {
  const absent = error instanceof AppError && (error.code === 'resource.not_found' || error.code === 'resource.gone');
  throw absent ? new AppError('resource.not_found', { detail: 'User not found', cause: error }) : error;
}
