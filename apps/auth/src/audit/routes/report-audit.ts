import { reportAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { recordReports } from '../stores/audit-trail.ts';

export const reportAuditRoute = ({ database }: Context) =>
  route(reportAudit, async ({ body, caller }) => {
    const items = body.items.map((item) => ({ ...item, detail: { ...item.detail, reporter: caller.name } }));
    return { status: 200, body: { recorded: await recordReports(database, items) } };
  });
