import { removeMember as endpoint } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireMember } from '../member-caller.ts';
import { removeMember } from '../members.ts';

export const removeMemberRoute = ({ database, revocations }: Context) =>
  route(endpoint, async (call) => {
    const { organisation, userId } = requireMember(call.identity);
    const targetId = call.params.user_id;
    const act = { organisationId: organisation.id, actorId: userId, targetId };
    const action = targetId === userId ? 'member.leave' : 'member.remove';
    const ended = await removeMember(database, act, call.query.keys, (db, { keysRevoked, keysKept }, role) =>
      recordAuditEvent(db, {
        ...auditEventOf(call, action, {
          member_id: targetId,
          role,
          keys_revoked: keysRevoked,
          keys_kept: keysKept,
        }),
        organisationId: organisation.id,
      }),
    );
    await revocations.announce(ended.revocations);
    return {
      status: 200,
      body: {
        user_id: targetId,
        removed: true as const,
        keys_revoked: ended.keysRevoked,
        keys_kept: ended.keysKept,
        invites_revoked: ended.invitesRevoked,
      },
    };
  });
