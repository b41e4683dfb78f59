import { serviceInfo } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { tenantInfoOf } from './tenant-info-view.ts';

export const serviceInfoRoute = (context: Context) =>
  route(serviceInfo, async ({ identity }) => {
    const { keyId, organisation, userId } = identity;
    if (organisation === undefined) throw new AppError('tenant.not_selected');
    const info = await tenantInfoOf(context, organisation, userId);
    // A key may read no more than its scope says, whoever answers for it.
    return { status: 200, body: keyId === undefined ? info : { ...info, role: null, billing_email: null } };
  });
