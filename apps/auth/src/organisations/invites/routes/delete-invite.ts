import { deleteInvite } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { auditEventOf } from '../../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../../audit/stores/audit.ts';
import type { Context } from '../../../context.ts';
import { lockInvite, revokeInvite } from '../stores/invites.ts';
import { organisationOf } from './invite-view.ts';

export const deleteInviteRoute = ({ database }: Context) =>
  route(deleteInvite, async (call) => {
    const organisationId = organisationOf(call.identity);
    await database.transaction(async (db) => {
      const invite = await lockInvite(db, organisationId, call.params.id);
      if (invite === undefined) throw new AppError('resource.not_found');
      if (invite.status === 'accepted')
        throw new AppError('resource.conflict', { detail: 'This invite was accepted. Remove the member instead.' });
      if (invite.status !== 'pending' && invite.status !== 'expired') return;
      await revokeInvite(db, organisationId, invite.id);
      await recordAuditEvent(db, { ...auditEventOf(call, 'invite.revoke', { invite_id: invite.id }), organisationId });
    });
    return { status: 204, body: null };
  });
