import { createInvite } from '@turnpike/contracts';
import { idempotent, route, uuidv7 } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { sendInvite } from '../send-invite.ts';
import { organisationOf, sentInviteView } from './invite-view.ts';

export const createInviteRoute = (context: Context) =>
  route(createInvite, (call) => {
    const organisationId = organisationOf(call.identity);
    const request = {
      scope: `organisation:${organisationId}:user:${call.identity.userId}:invites.create`,
      key: call.idempotencyKey,
      request: call.body,
    };
    // The operation's id is the invite's, so that a repetition whose first answer was lost is answered as the first.
    return idempotent(context.database.query, request, uuidv7, async (newId) => {
      const sent = await sendInvite(context, call, { organisationId, newId }, () => Promise.resolve(call.body));
      return { status: sent.isNew ? (201 as const) : (200 as const), body: sentInviteView(sent) };
    });
  });
