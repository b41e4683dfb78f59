import { listTenants } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { listOwnOrganisations, type OwnOrganisation } from '../stores/organisations.ts';

export const listTenantsRoute = ({ database }: Context) =>
  route(listTenants, async ({ identity, query: { limit, offset } }) => {
    requireSession(identity);
    const { items, total } = await listOwnOrganisations(database, identity.userId, limit, offset);
    return { status: 200, body: { items: items.map(tenantView), total, limit, offset } };
  });

function tenantView({ organisationId: id, slug, name, role, status, joinedAt }: OwnOrganisation) {
  return { id, tenant_id: id, slug, name, role, status, joined_at: joinedAt.toISOString() };
}
