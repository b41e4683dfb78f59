import { AUDIT_ARCHIVE_PAGE, auditEntries, auditMark, auditOrganisations } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { entriesWithin, lastEntry, organisationsWithin } from '../stores/archived-trail.ts';

/** What users archives of the trail. */
export const archivedTrailRoutes = ({ database }: Context) => [
  route(auditMark, async () => ({ status: 200, body: { last_id: String(await lastEntry(database)) } })),
  route(auditOrganisations, async ({ query: { cursor, ...range } }) => {
    const items = await organisationsWithin(database, range, cursor, AUDIT_ARCHIVE_PAGE);
    const next = items.length < AUDIT_ARCHIVE_PAGE ? null : (items.at(-1) ?? null);
    return { status: 200, body: { items, next_cursor: next } };
  }),
  route(auditEntries, async ({ params: { id }, query }) => {
    const entries = await entriesWithin(database, id, query, AUDIT_ARCHIVE_PAGE);
    return { status: 200, body: { items: entries.map(archivedView) } };
  }),
];

/** Who of the operators acted, and why, stays with them. */
function archivedView({ id, at, action, actor, userId, detail }: Awaited<ReturnType<typeof entriesWithin>>[number]) {
  const { operator: _operator, reason: _reason, ...facts } = detail;
  const isOperators = actor === 'operator';
  return {
    id: String(id),
    at: at.toISOString(),
    action,
    actor,
    user_id: isOperators ? null : userId,
    detail: isOperators ? facts : detail,
  };
}
