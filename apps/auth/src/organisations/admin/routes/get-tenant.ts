import { adminGetTenant } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { tenantDetailOf } from './tenant-view.ts';

export const adminGetTenantRoute = (context: Context) =>
  route(adminGetTenant, async ({ params }) => ({ status: 200, body: await tenantDetailOf(context, params.id) }));
