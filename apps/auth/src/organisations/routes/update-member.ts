import { updateMember } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireMember } from '../member-caller.ts';
import { changeMember } from '../members.ts';
import { memberView } from './member-view.ts';

export const updateMemberRoute = ({ database, revocations }: Context) =>
  route(updateMember, async (call) => {
    const { organisation, userId } = requireMember(call.identity);
    const act = { organisationId: organisation.id, actorId: userId, targetId: call.params.user_id };
    const wanted = { role: call.body.role, status: call.body.status };
    const changed = await changeMember(database, act, wanted, (db, { role, status }) =>
      recordAuditEvent(db, {
        ...auditEventOf(call, 'member.update', { member_id: act.targetId, role, status }),
        organisationId: organisation.id,
      }),
    );
    await revocations.announce(changed.revocations);
    // Who may change others sees them whole; whoever lowers the own role sees nothing new.
    return { status: 200, body: memberView(changed.member, organisation.role ?? 'viewer') };
  });
