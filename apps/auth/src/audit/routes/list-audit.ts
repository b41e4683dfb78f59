import { listAudit } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { namesOf, type Names } from '../../operators/stores/names.ts';
import { type AuditRow, listAudit as readAudit } from '../stores/audit-trail.ts';
import { auditView, operatorIn } from './audit-view.ts';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

type OrganisationNamed = { readonly id: string; readonly name: string | null };

function namedIn(names: Names, id: string | null): OrganisationNamed | null {
  return id === null ? null : { id, name: names.get(id)?.name ?? null };
}

/** The API key that an entry is about. */
function keyIn({ detail }: AuditRow): string | undefined {
  const { key_id: id } = detail;
  return typeof id === 'string' && UUID.test(id) ? id : undefined;
}

function namedKeyIn(names: Names, row: AuditRow) {
  const id = keyIn(row);
  if (id === undefined) return null;
  const { prefix: recorded } = row.detail;
  const { name = null, prefix = typeof recorded === 'string' ? recorded : null } = names.get(id) ?? {};
  return { id, name, prefix };
}

export const listAuditRoute = ({ database }: Context) =>
  route(listAudit, async ({ query: { limit, offset, ...filter } }) => {
    const { items, total } = await readAudit(
      database,
      {
        userId: filter.user_id,
        action: filter.action,
        actor: filter.actor,
        operatorId: filter.operator_id,
        requestId: filter.request_id,
        since: filter.since,
        until: filter.until,
      },
      limit,
      offset,
    );
    const names = await namesOf(database, {
      users: items.map((row) => row.user_id),
      organisations: items.map((row) => row.organisation_id),
      keys: items.map((row) => keyIn(row)),
    });
    const entries = items.map((row) => ({
      ...auditView(row),
      user_id: row.user_id,
      user_email: names.get(row.user_id ?? '')?.name ?? null,
      organisation: namedIn(names, row.organisation_id),
      key: namedKeyIn(names, row),
      request_id: row.request_id,
      operator: operatorIn(row),
    }));
    return { status: 200, body: { items: entries, total, limit, offset } };
  });
