import { listOwnInvites } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { requireSession } from '../../../sessions/routes/session-caller.ts';
import { listOffers, type Offer } from '../stores/offers.ts';

export const listOwnInvitesRoute = ({ database }: Context) =>
  route(listOwnInvites, async ({ identity, query: { limit, offset } }) => {
    requireSession(identity);
    const { items, total } = await listOffers(database, identity.userId, limit, offset);
    return { status: 200, body: { items: items.map(offerView), total, limit, offset } };
  });

function offerView({ id, name, slug, role, email, inviterName, expiresAt, createdAt }: Offer) {
  return {
    id,
    tenant: { name, slug },
    role,
    invited_email: email,
    inviter_name: inviterName,
    expires_at: expiresAt.toISOString(),
    created_at: createdAt.toISOString(),
  };
}
