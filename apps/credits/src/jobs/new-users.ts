import type { EventHandlers } from '@turnpike/service-kit';
import { userOwner } from '../domain/owner.ts';
import { openNewAccount, type SignUpTools } from '../sign-up.ts';

/** New users, for the case that the users service's own call did not arrive. A user that was erased meanwhile is the end of it. */
export function newUsers(tools: SignUpTools): EventHandlers {
  return {
    async 'user.created'({ user_id: userId, signup_credits: credits, lineage_id: lineageId }) {
      await openNewAccount(tools, { owner: userOwner(userId), credits, lineageId, actor: 'event:user.created' });
    },
  };
}
