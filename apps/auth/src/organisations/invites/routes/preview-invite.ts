import { previewInvite } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { accountOfAddress } from '../../../identities/stores/address-accounts.ts';
import { inviteInvalid, isOpen, offerNameOf } from '../offer.ts';
import { findOffer } from '../stores/offers.ts';

export const previewInviteRoute = ({ database }: Context) =>
  route(previewInvite, async ({ query }) => {
    const offer = await findOffer(database, offerNameOf(query));
    if (offer === undefined || !isOpen(offer) || offer.organisationStatus !== 'active') throw inviteInvalid();
    const { name, slug, role, email, expiresAt, inviterName } = offer;
    const body = {
      tenant: { name, slug },
      role,
      invited_email: email,
      expires_at: expiresAt.toISOString(),
      inviter_name: inviterName,
      account_exists: (await accountOfAddress(database, email)) !== undefined,
    };
    return { status: 200, body };
  });
