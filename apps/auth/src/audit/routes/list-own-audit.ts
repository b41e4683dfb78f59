import { listOwnAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { listAudit } from '../stores/audit-trail.ts';
import { ownAuditView } from './audit-view.ts';

export const listOwnAuditRoute = ({ database }: Context) =>
  route(listOwnAudit, async ({ identity, query: { limit, offset } }) => {
    requireSession(identity);
    const { items, total } = await listAudit(database, { userId: identity.userId }, limit, offset);
    return { status: 200, body: { items: items.map(ownAuditView), total, limit, offset } };
  });
