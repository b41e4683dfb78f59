import { declineInvite } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { auditEventOf } from '../../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../../audit/stores/audit.ts';
import type { Context } from '../../../context.ts';
import { requireSession } from '../../../sessions/routes/session-caller.ts';
import { withLockedOffer } from '../locked-offer.ts';
import { inviteInvalid, isOpen, offerNameOf, otherAddress } from '../offer.ts';
import { addressStanding, endOffer } from '../stores/offers.ts';

export const declineInviteRoute = (context: Context) =>
  route(declineInvite, async (call) => {
    requireSession(call.identity);
    const { userId } = call.identity;
    const name = offerNameOf(call.body);
    await withLockedOffer(context, userId, name, async (db, offer) => {
      if (!isOpen(offer)) throw inviteInvalid();
      const { proven, unproven } = await addressStanding(db, userId, offer.email);
      if (!proven && !(unproven && 'digest' in name)) throw otherAddress(offer, name);
      await endOffer(db, offer.id, undefined);
      const event = auditEventOf(call, 'invite.decline', { invite_id: offer.id });
      await recordAuditEvent(db, { ...event, organisationId: offer.organisationId });
    });
    return { status: 204, body: null };
  });
