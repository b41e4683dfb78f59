import { acceptInvite } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { requireSession } from '../../../sessions/routes/session-caller.ts';
import { acceptOffer } from '../accept-invite.ts';

export const acceptInviteRoute = (context: Context) =>
  route(acceptInvite, async (call) => {
    requireSession(call.identity);
    const { organisationId, slug, role } = await acceptOffer(context, call, call.body);
    return { status: 200, body: { tenant_id: organisationId, slug, role } };
  });
