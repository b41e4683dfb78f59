import { createInvite } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { sendInvite } from '../send-invite.ts';
import { organisationOf, sentInviteView } from './invite-view.ts';

export const createInviteRoute = (context: Context) =>
  route(createInvite, async (call) => {
    const sent = await sendInvite(context, call, organisationOf(call.identity), () => Promise.resolve(call.body));
    return { status: sent.isNew ? 201 : 200, body: sentInviteView(sent) };
  });
