import { listInvites } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { listInvites as readInvites } from '../stores/invites.ts';
import { inviteView, organisationOf } from './invite-view.ts';

export const listInvitesRoute = ({ database }: Context) =>
  route(listInvites, async ({ identity, query: { status, limit, offset } }) => {
    const { items, total } = await readInvites(database, organisationOf(identity), status, limit, offset);
    return { status: 200, body: { items: items.map(inviteView), total, limit, offset } };
  });
