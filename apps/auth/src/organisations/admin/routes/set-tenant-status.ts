import { adminSetTenantStatus } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { actingOperator, operatorEventOf } from '../../../operators/acting.ts';
import { setStatus } from '../set-status.ts';
import { tenantDetailOf } from './tenant-view.ts';

export const adminSetTenantStatusRoute = (context: Context) =>
  route(adminSetTenantStatus, async (call) => {
    const { database, relay, revocations } = context;
    const { status, reason } = call.body;
    const operator = await actingOperator(database, call.identity, adminSetTenantStatus);
    const ended = await setStatus(database, {
      organisationId: call.params.id,
      status,
      reason,
      needsReason: operator.userId !== undefined,
      event: (action, was) => operatorEventOf(call, operator, action, reason, { was }),
    });
    await revocations.announce(ended);
    relay.kick();
    return { status: 200, body: await tenantDetailOf(context, call.params.id) };
  });
