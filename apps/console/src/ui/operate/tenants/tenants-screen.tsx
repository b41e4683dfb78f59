import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { TenantLink, UserLink } from '../parts/links.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { userStatusTone } from '../users/status-tone.ts';

type Tenant = Operations['platform.adminListTenants']['answers']['items'][number];
type Query = NonNullable<Operations['platform.adminListTenants']['takes']['query']>;

const COLUMNS: readonly Column<Tenant>[] = [
  { name: 'Organisation', cell: ({ id, name }) => <TenantLink id={id}>{name}</TenantLink> },
  { name: 'Slug', cell: ({ slug }) => (slug === null ? '—' : <code className="font-mono text-sm">{slug}</code>) },
  { name: 'Status', cell: ({ status }) => <Badge tone={userStatusTone(status)}>{status}</Badge> },
  { name: 'Owner', cell: ({ owner }) => <UserLink id={owner?.user_id ?? null}>{owner?.email ?? undefined}</UserLink> },
  { name: 'Plan', cell: ({ plan }) => plan ?? '—' },
  { name: 'Members', numeric: true, cell: ({ members }) => members },
  { name: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
];

/** Organisations, by the beginning of a name or slug, status and plan. */
export function TenantsScreen() {
  const { filter, offset } = useList();
  const filters = { q: filter('q'), status: filter('status'), plan: filter('plan') };
  const query = given({ ...filters, limit: PAGE_ROWS, offset }) as Query;
  const tenants = useOperation('platform.adminListTenants', { query }, { personal: true });
  return (
    <Page title="Organisations">
      <FilterForm key={JSON.stringify(filters)}>
        <TextField label="Name, slug or id" name="q" defaultValue={filters.q} />
        <TextField label="Plan" name="plan" defaultValue={filters.plan} />
        <SelectField label="Status" name="status" defaultValue={filters.status ?? ''}>
          <option value="">any</option>
          <option value="active">active</option>
          <option value="suspended">suspended</option>
          <option value="archived">archived</option>
        </SelectField>
      </FilterForm>
      <Card flush>
        <PagedTable
          query={tenants}
          caption="Organisations, newest first"
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={<Empty title="No organisation">A name or slug is found by its beginning.</Empty>}
        />
      </Card>
    </Page>
  );
}
