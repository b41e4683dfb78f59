import type { Context } from '../../context.ts';
import { inviteInvalid, isOpen, offerNameOf, otherAddress } from './offer.ts';
import { findOffer } from './stores/offers.ts';
import { wasMailed } from './token.ts';

/**
 * Whether an invite's token proves an address: it was mailed there and nowhere else. One that was shown to its sender proves nothing. Throws
 * `invite.invalid` for a token that cannot be accepted now, and `invite.email_mismatch` for one that was sent to another address.
 */
export async function inviteProves(
  { database }: Pick<Context, 'database'>,
  token: string,
  email: string,
): Promise<boolean> {
  const name = offerNameOf({ token });
  const offer = await findOffer(database, name);
  if (offer === undefined || !isOpen(offer) || offer.organisationStatus !== 'active') throw inviteInvalid();
  if (offer.email !== email) throw otherAddress(offer, name);
  return wasMailed(token);
}
