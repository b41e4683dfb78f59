import type { EventHandlers } from '@turnpike/service-kit';
import { toMicro } from '../domain/amounts.ts';
import type { Ledger } from '../ledger/ledger.ts';

/**
 * The sign-up grant, for the case that the users service's own call did not arrive. Both name the same source and reference, so however
 * often each comes, the account is granted once. A user that was erased or closed meanwhile gets nothing, and that is the end of it.
 */
export function signUpGrant(ledger: Pick<Ledger, 'grant'>): EventHandlers {
  return {
    async 'user.created'({ user_id, signup_credits }) {
      if (signup_credits === 0) return;
      await ledger.grant({
        owner_id: user_id,
        amount: toMicro(signup_credits).toString(),
        source: 'signup_bonus',
        source_ref: user_id,
        transaction_type: 'signup_bonus',
        actor: 'event:user.created',
      });
    },
  };
}
