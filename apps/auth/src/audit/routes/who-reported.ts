import { whoReported } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { reportedEvents } from '../stores/audit-trail.ts';
import { operatorIn } from './audit-view.ts';

export const whoReportedRoute = ({ database }: Context) =>
  route(whoReported, async ({ body }) => {
    const events = await reportedEvents(database, body.ids);
    const items = events.map((event) => {
      const { reason } = event.detail;
      return { id: event.report_id, operator: operatorIn(event), reason: typeof reason === 'string' ? reason : null };
    });
    return { status: 200, body: { items } };
  });
