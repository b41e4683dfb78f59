import { unlinkIdentity } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { unlinkFromUser } from '../../sign-in/provider-sign-in.ts';
import { listIdentities } from '../stores/identities.ts';
import { identitiesView } from './identities-view.ts';

export const unlinkIdentityRoute = (context: Context) =>
  route(unlinkIdentity, async (call) => {
    requireSession(call.identity);
    const { userId } = call.identity;
    await unlinkFromUser(context, userId, call.params.provider, clientInfoOf(call));
    return { status: 200, body: identitiesView(await listIdentities(context.database, userId)) };
  });
