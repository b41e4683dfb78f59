import { disableAccount } from '@turnpike/contracts';
import { AppError, isRefusal, type InternalClient } from '@turnpike/service-kit';

/**
 * Ends a user's access at auth before users records that they are disabled, since auth knows whether an organisation would be left without an active
 * owner. Throws its refusal `tenant.last_owner`, and `service.unavailable` where it does not answer. A service that disables somebody is not
 * refused, and nor is an erasure.
 */
export async function endAccess(auth: InternalClient, userId: string): Promise<void> {
  try {
    await auth.call(disableAccount, { body: { user_id: userId }, repeatable: true });
  } catch (error) {
    if (!isRefusal(error, 'tenant.last_owner')) throw error;
    throw new AppError('tenant.last_owner', {
      detail: 'This is the only active owner of an organisation with other members: make somebody else one first.',
      cause: error,
    });
  }
}
