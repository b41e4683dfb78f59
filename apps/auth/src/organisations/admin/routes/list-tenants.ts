import { adminListTenants } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { listTenants } from '../stores/tenants.ts';
import { tenantView } from './tenant-view.ts';

export const adminListTenantsRoute = ({ database }: Context) =>
  route(adminListTenants, async ({ query: { limit, offset, cursor, status, plan, q } }) => {
    const { items, total, more } = await listTenants(database, { limit, offset, cursor, status, plan, q });
    const next = more ? (items.at(-1)?.id ?? null) : null;
    return { status: 200, body: { items: items.map(tenantView), total, limit, offset, next_cursor: next } };
  });
