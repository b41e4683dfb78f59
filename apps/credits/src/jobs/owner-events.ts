import type { EventHandlers } from '@turnpike/service-kit';
import { endOfArchived } from '../billing/change-current.ts';
import type { BillingTools } from '../billing/running.ts';
import { followAtStripe, type StripeTools } from '../billing/stripe/events.ts';
import { organisationOwner, userOwner } from '../domain/owner.ts';
import { retryUndone } from '../ledger/retry.ts';
import { openNewAccount, type SignUpTools } from '../sign-up.ts';
import type { AccountStore } from '../stores/account-store.ts';

export interface OwnerTools extends SignUpTools, BillingTools {
  readonly stripe: StripeTools | undefined;
  readonly accounts: Pick<AccountStore, 'open' | 'follow' | 'joinLineage' | 'moveDebts'>;
}

/**
 * Users and organisations that were made or have ended. Events repeat, come late and overtake each other; an owner that was erased
 * meanwhile is the end of it.
 */
export function ownerEvents(tools: OwnerTools): EventHandlers {
  return {
    // For the case that the users service's own call did not arrive.
    async 'user.created'({ user_id: userId, signup_credits: credits, lineage_id: lineageId }) {
      await openNewAccount(tools, { owner: userOwner(userId), credits, lineageId, actor: 'event:user.created' });
    },
    async 'organisation.created'({ organisation_id: id }) {
      await retryUndone(() => tools.accounts.open(organisationOwner(id)));
    },
    async 'organisation.suspended'({ organisation_id: id, revision }) {
      const change = { open: false, revision, endsAllowances: false };
      const status = await retryUndone(() => tools.accounts.follow(organisationOwner(id), change));
      if (tools.stripe && status === 'closed') await followAtStripe(tools.stripe, organisationOwner(id), 'pause');
    },
    async 'organisation.restored'({ organisation_id: id, revision }) {
      const change = { open: true, revision, endsAllowances: false };
      const status = await retryUndone(() => tools.accounts.follow(organisationOwner(id), change));
      if (tools.stripe && status === 'open') await followAtStripe(tools.stripe, organisationOwner(id), 'resume');
    },
    async 'organisation.archived'({ organisation_id: id, revision }) {
      const change = { open: false, revision, endsAllowances: true };
      const status = await retryUndone(() => tools.accounts.follow(organisationOwner(id), change));
      if (status !== 'closed') return;
      await endOfArchived(tools, organisationOwner(id));
      if (tools.stripe) await followAtStripe(tools.stripe, organisationOwner(id), 'cancel');
    },
  };
}
