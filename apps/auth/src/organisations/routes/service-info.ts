import { serviceInfo } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMember } from '../member-caller.ts';
import { tenantInfoOf } from './tenant-info-view.ts';

export const serviceInfoRoute = (context: Context) =>
  route(serviceInfo, async ({ identity }) => {
    const { organisation, userId } = requireMember(identity);
    return { status: 200, body: await tenantInfoOf(context, organisation, userId) };
  });
