import { Link } from '@tanstack/react-router';
import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { KeyLink, LINK_LOOK, Named, RequestLink, TenantLink, UserLink } from '../parts/links.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { detailsOf, startOfDay, type AuditQuery, type Entry } from './entries.ts';
import { Export } from './export.tsx';

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'What', lead: true, cell: ({ action }) => <code className="font-mono text-sm">{action}</code> },
  { name: 'Who', cell: ({ actor, operator }) => <Who actor={actor} operator={operator} /> },
  { name: 'Whom', cell: (entry) => <Whom entry={entry} /> },
  {
    name: 'Details',
    cell: ({ detail, key }) => (
      <span className="text-sm wrap-anywhere">{detailsOf(detail, key ? ['key_id', 'prefix'] : []) || '—'}</span>
    ),
  },
  { name: 'Request', cell: ({ request_id: id }) => <RequestLink requestId={id} /> },
];

/** Who acted; an operator's name leads to all that they did. */
function Who({ actor, operator }: Pick<Entry, 'actor' | 'operator'>) {
  if (operator === null) return <Badge>{actor}</Badge>;
  if (operator.id === null) return <span className="whitespace-nowrap">{operator.name}</span>;
  return (
    <Link to="/operate/audit" search={{ operator_id: operator.id }} className={LINK_LOOK}>
      {operator.name}
    </Link>
  );
}

/** Whom and what it concerns: a person, an organisation, a key, each by its name. */
function Whom({ entry: { user_id: id, user_email: email, organisation, key } }: { readonly entry: Entry }) {
  if (id === null && !organisation && !key) return <span className="text-muted">—</span>;
  return (
    <div className="named flex min-w-0 flex-col gap-1.5 lg:min-w-56">
      {id === null ? null : (
        <Named id={id} label="user id">
          <UserLink id={id}>{email ?? undefined}</UserLink>
        </Named>
      )}
      {!organisation ? null : (
        <Named id={organisation.id} label="organisation id">
          <TenantLink id={organisation.id}>{organisation.name ?? undefined}</TenantLink>
        </Named>
      )}
      {!key ? null : (
        <Named id={key.id} label="key id" note={key.prefix === null ? undefined : <KeyLink prefix={key.prefix} />}>
          {key.name ?? 'a key that is gone'}
        </Named>
      )}
    </div>
  );
}

/** Who did what to whom, and why. */
export function AuditScreen() {
  const { filter, offset } = useList();
  const filters = {
    user_id: filter('user_id'),
    action: filter('action'),
    actor: filter('actor'),
    operator_id: filter('operator_id'),
    request_id: filter('request_id'),
  };
  const [since, until] = [filter('since'), filter('until')];
  const found = given({ ...filters, since: startOfDay(since), until: startOfDay(until, 1) }) as AuditQuery;
  const query = { ...found, limit: PAGE_ROWS, offset };
  const entries = useOperation('auth.listAudit', { query }, { personal: true });
  return (
    <Page title="Audit trail" about="Who did what to whom, and why, newest first." actions={<Export query={found} />}>
      <FilterForm key={JSON.stringify(found)}>
        <TextField label="Request id" name="request_id" defaultValue={filters.request_id} />
        <TextField label="User id" name="user_id" defaultValue={filters.user_id} />
        <TextField label="Operator id" name="operator_id" defaultValue={filters.operator_id} />
        <TextField label="Action" name="action" placeholder="key.revoke" defaultValue={filters.action} />
        <SelectField label="Who" name="actor" defaultValue={filters.actor ?? ''}>
          <option value="">anybody</option>
          <option value="operator">operators</option>
          <option value="user">users</option>
          <option value="service">services</option>
          <option value="system">the system</option>
        </SelectField>
        <TextField label="From" name="since" type="date" defaultValue={since} />
        <TextField label="To" name="until" type="date" defaultValue={until} />
      </FilterForm>
      <Card flush>
        <PagedTable
          query={entries}
          caption="Entries of the audit trail, newest first"
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={<Empty title="No entries">Of somebody who was erased nothing is left here.</Empty>}
        />
      </Card>
    </Page>
  );
}
