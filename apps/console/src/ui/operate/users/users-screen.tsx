import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { creditAmount } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { UserLink } from '../parts/links.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { userStatusTone } from './status-tone.ts';

type User = Operations['platform.adminListUsers']['answers']['items'][number];

const COLUMNS: readonly Column<User>[] = [
  { name: 'User', cell: ({ id, email }) => <UserLink id={id}>{email ?? undefined}</UserLink> },
  { name: 'Name', cell: ({ first_name: first, last_name: last }) => [first, last].filter(Boolean).join(' ') || '—' },
  { name: 'Status', cell: ({ status }) => <Badge tone={userStatusTone(status)}>{status}</Badge> },
  { name: 'Tier', cell: ({ tier }) => tier },
  {
    name: 'Balance',
    numeric: true,
    cell: ({ balance }) => (balance === null ? <span className="text-muted">not known</span> : creditAmount(balance)),
  },
  { name: 'Organisations', numeric: true, cell: ({ tenants }) => tenants },
  { name: 'Last sign-in', cell: ({ last_login_at: at }) => <Time at={at} none="never" /> },
  { name: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
];

/** Users, found by whole words only: a list of whose address looks like something is a list of addresses. */
export function UsersScreen() {
  const { filter, offset } = useList();
  const filters = {
    q: filter('q'),
    external_id: filter('external_id'),
    key_prefix: filter('key_prefix'),
    request_id: filter('request_id'),
    status: filter('status'),
    tier: filter('tier'),
  };
  const query = given({
    ...filters,
    limit: PAGE_ROWS,
    offset,
  }) as Operations['platform.adminListUsers']['takes']['query'];
  const users = useOperation('platform.adminListUsers', query === undefined ? {} : { query }, { personal: true });
  return (
    <Page
      title="Users"
      about="By a whole address or id, by what a service of yours calls them, by a key or a request of theirs."
    >
      <FilterForm key={JSON.stringify(filters)}>
        <TextField label="E-mail address or id" name="q" defaultValue={filters.q} />
        <TextField label="External id" name="external_id" defaultValue={filters.external_id} />
        <TextField
          label="Key prefix"
          name="key_prefix"
          placeholder="sk_live_4f0c1a"
          defaultValue={filters.key_prefix}
        />
        <TextField label="Request id" name="request_id" defaultValue={filters.request_id} />
        <TextField label="Tier" name="tier" defaultValue={filters.tier} />
        <SelectField label="Status" name="status" defaultValue={filters.status ?? ''}>
          <option value="">any</option>
          <option value="active">active</option>
          <option value="disabled">disabled</option>
          <option value="deleted">deleted</option>
        </SelectField>
      </FilterForm>
      <Card flush>
        <PagedTable
          query={users}
          caption="Users, newest first"
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={<Empty title="Nobody">Addresses and ids have to be whole. Who was erased is found by id only.</Empty>}
        />
      </Card>
    </Page>
  );
}
