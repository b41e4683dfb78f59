import { mayGrant, type Input, type acceptInvite } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Offer, OfferName } from './stores/offers.ts';
import { inviteDigest } from './token.ts';

/** What a request names an invite by. Throws `invite.invalid` for a token that cannot be one. */
export function offerNameOf({ token, invite_id: id }: Partial<Input<typeof acceptInvite, 'body'>>): OfferName {
  if (id !== undefined) return { id };
  const digest = token === undefined ? undefined : inviteDigest(token);
  if (digest === undefined) throw inviteInvalid();
  return { digest };
}

/** Whether an invite can still be accepted or declined: nothing has ended it, and whoever sent it may give its role now. */
export function isOpen({ status, inviterRole, role, organisationStatus }: Offer): boolean {
  return (
    status === 'pending' && organisationStatus !== 'archived' && inviterRole !== null && mayGrant(inviterRole, role)
  );
}

/** Whatever is wrong with an invite, the invited person is told the same. */
export function inviteInvalid(): AppError {
  return new AppError('invite.invalid', { detail: 'This invite is no longer valid. Ask to be invited again.' });
}

/** The refusal of somebody else's invite. Who has the token learns the address in part; who guesses an id learns nothing. */
export function otherAddress({ email }: Offer, name: OfferName): AppError {
  if ('id' in name) return inviteInvalid();
  const invited = `${email.slice(0, 1)}***${email.slice(email.lastIndexOf('@'))}`;
  return new AppError('invite.email_mismatch', {
    detail: `This invite is for ${invited}, which is no verified address of your account.`,
    extra: { invited_email: invited },
  });
}
