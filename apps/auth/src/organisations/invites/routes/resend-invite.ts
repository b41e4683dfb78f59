import { resendInvite } from '@turnpike/contracts';
import { AppError, route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { sendInvite } from '../send-invite.ts';
import { lockInvite } from '../stores/invites.ts';
import { organisationOf, sentInviteView } from './invite-view.ts';

export const resendInviteRoute = (context: Context) =>
  route(resendInvite, async (call) => {
    const organisationId = organisationOf(call.identity);
    const sent = await sendInvite(context, call, { organisationId, newId: uuidv7() }, async (db) => {
      const invite = await lockInvite(db, organisationId, call.params.id);
      if (invite === undefined) throw new AppError('resource.not_found');
      if (invite.status !== 'pending' && invite.status !== 'expired')
        throw new AppError('resource.conflict', { detail: `This invite was ${invite.status}.` });
      return { email: invite.email, role: invite.role, again: invite.id };
    });
    return { status: 200, body: sentInviteView(sent) };
  });
