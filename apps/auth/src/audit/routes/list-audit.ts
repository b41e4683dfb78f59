import { listAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listAudit as readAudit } from '../stores/audit-trail.ts';
import { auditView, operatorIn } from './audit-view.ts';

export const listAuditRoute = ({ database }: Context) =>
  route(listAudit, async ({ query: { limit, offset, ...filter } }) => {
    const { items, total } = await readAudit(
      database,
      {
        userId: filter.user_id,
        action: filter.action,
        actor: filter.actor,
        operatorId: filter.operator_id,
        requestId: filter.request_id,
        since: filter.since,
        until: filter.until,
      },
      limit,
      offset,
    );
    const entries = items.map((row) => ({
      ...auditView(row),
      user_id: row.user_id,
      request_id: row.request_id,
      operator: operatorIn(row),
    }));
    return { status: 200, body: { items: entries, total, limit, offset } };
  });
