import { handOverOwnership } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import { recordAuditEvent } from '../../audit/stores/audit.ts';
import type { Context } from '../../context.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { requireMember } from '../member-caller.ts';
import { handOver } from '../members.ts';
import { memberView } from './member-view.ts';

export const handOverOwnershipRoute = ({ database, revocations }: Context) =>
  route(handOverOwnership, async (call) => {
    const { organisation, sessionId, userId } = requireMember(call.identity);
    await requireFreshSession(database, sessionId);
    const { user_id: targetId, keep_role: keepRole } = call.body;
    const act = { organisationId: organisation.id, actorId: userId, targetId };
    const { member, revocations: changed } = await handOver(database, act, keepRole, (db) =>
      recordAuditEvent(db, {
        ...auditEventOf(call, 'ownership.hand_over', { member_id: targetId, keep_role: keepRole }),
        organisationId: organisation.id,
      }),
    );
    await revocations.announce(changed);
    return { status: 200, body: memberView(member, 'admin') };
  });
