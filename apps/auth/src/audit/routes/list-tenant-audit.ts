import { listTenantAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { requireMember } from '../../organisations/member-caller.ts';
import { listOrganisationAudit, type OrganisationAuditEntry } from '../stores/organisation-trail.ts';

export const listTenantAuditRoute = ({ database }: Context) =>
  route(listTenantAudit, async ({ identity, query: { limit, offset, action } }) => {
    const { organisation } = requireMember(identity);
    const { items, total } = await listOrganisationAudit(database, organisation.id, { action, limit, offset });
    return { status: 200, body: { items: items.map(entryView), total, limit, offset } };
  });

/** Who of the operators acted, and why, stays with them. */
function entryView({ id, at, action, actor, userId, email, detail }: OrganisationAuditEntry) {
  const { operator: _operator, reason: _reason, ...facts } = detail;
  const who = actor === 'operator' ? { user_id: null, email: null } : { user_id: userId, email };
  return { id: String(id), at: at.toISOString(), action, actor, ...who, detail: actor === 'operator' ? facts : detail };
}
