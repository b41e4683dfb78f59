import { AppError } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { Db } from '../../database.ts';
import { inviteInvalid } from './offer.ts';
import { lockOrganisation } from './stores/inviters.ts';
import { lockAccount } from './stores/joining.ts';
import { findOffer, lockOffer, type Offer, type OfferName } from './stores/offers.ts';

/**
 * Runs `work` in a transaction that has locked the person, the organisation and the invite, always in this order. Throws `invite.invalid` where
 * there is no such invite.
 */
export async function withLockedOffer<T>(
  { database }: Pick<Context, 'database'>,
  userId: string,
  name: OfferName,
  work: (db: Db, offer: Offer) => Promise<T>,
): Promise<T> {
  const found = await findOffer(database, name);
  if (found === undefined) throw inviteInvalid();
  return database.transaction(async (db) => {
    if (!(await lockAccount(db, userId))) throw new AppError('auth.session_revoked');
    await lockOrganisation(db, found.organisationId);
    const offer = await lockOffer(db, name);
    if (offer === undefined) throw inviteInvalid();
    return work(db, offer);
  });
}
