import { listAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listAudit as readAudit } from '../stores/audit-trail.ts';
import { ownAuditView } from './audit-view.ts';

export const listAuditRoute = ({ database }: Context) =>
  route(listAudit, async ({ query: { limit, offset, user_id: userId, ...filter } }) => {
    const { items, total } = await readAudit(database, { userId, ...filter }, limit, offset);
    const entries = items.map((row) => ({ ...ownAuditView(row), user_id: row.user_id, request_id: row.request_id }));
    return { status: 200, body: { items: entries, total, limit, offset } };
  });
