import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import type { Column } from '../../design/data-table.tsx';
import { downloadCsv } from '../../design/download.ts';
import { SelectField, TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { RequestLink, UserLink } from '../parts/links.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';

type Entry = Operations['auth.listAudit']['answers']['items'][number];
type Query = NonNullable<Operations['auth.listAudit']['takes']['query']>;

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'What', cell: ({ action }) => <code className="font-mono text-sm">{action}</code> },
  { name: 'Who', cell: ({ actor, operator }) => (operator === null ? <Badge>{actor}</Badge> : operator.name) },
  { name: 'Whom', cell: ({ user_id: id }) => <UserLink id={id} /> },
  {
    name: 'Details',
    cell: ({ detail }) => <span className="text-sm overflow-wrap-anywhere">{detailsOf(detail)}</span>,
  },
  { name: 'Request', cell: ({ request_id: id }) => <RequestLink requestId={id} /> },
];

function detailsOf(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
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
  const query = given({ ...filters, limit: PAGE_ROWS, offset }) as Query;
  const entries = useOperation('auth.listAudit', { query }, { personal: true });
  const save = (): void => {
    const rows = (entries.data?.items ?? []).map(
      ({ at, action, actor, operator, user_id: user, request_id: request, detail }) => [
        at,
        action,
        operator?.name ?? actor,
        user ?? '',
        request ?? '',
        detailsOf(detail),
      ],
    );
    downloadCsv('audit.csv', [['at', 'action', 'actor', 'user_id', 'request_id', 'detail'], ...rows]);
  };
  return (
    <Page
      title="Audit trail"
      about="Who did what to whom, and why, newest first."
      actions={<Button onClick={save}>CSV of this page</Button>}
    >
      <FilterForm key={JSON.stringify(filters)}>
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
