import { adminSetStatus } from '@turnpike/contracts';
import { operatorAct, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { setUserStatus } from '../change-user.ts';
import { toUserView } from '../domain/user.ts';
import { endAccess } from '../end-access.ts';
import { findUser } from '../stores/users.ts';
import { missingUser } from './not-found.ts';

export const adminSetStatusRoute = ({ auth, database, relay }: Context) =>
  route(adminSetStatus, async ({ params: { id }, body: { status, reason }, identity, requestId }) => {
    const { operator_id: operatorId, detail } = operatorAct(identity, reason);
    const present = await findUser(database, id);
    if (present === undefined || present.status === 'deleted') throw await missingUser(database, id);
    if (status === 'disabled') await endAccess(auth, id);
    const user = await setUserStatus(database, id, status, {
      action: 'user.status_changed',
      actor: 'operator',
      requestId,
      operatorId,
      detail,
    });
    if (!user) throw await missingUser(database, id);
    relay.kick();
    return { status: 200, body: toUserView(user) };
  });
