import { updateServiceInfo } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import type { Context } from '../../context.ts';
import { changeInfo } from '../change-info.ts';
import { requireMember } from '../member-caller.ts';
import { tenantInfoOf } from './tenant-info-view.ts';

export const updateServiceInfoRoute = (context: Context) =>
  route(updateServiceInfo, async (call) => {
    const { organisation, userId } = requireMember(call.identity);
    const { name, billing_email: billingEmail, slug } = call.body;
    await changeInfo(
      context.database,
      { organisationId: organisation.id, userId },
      { name, billingEmail, slug },
      (action, detail) => auditEventOf(call, action, detail),
    );
    return { status: 200, body: await tenantInfoOf(context, organisation, userId) };
  });
