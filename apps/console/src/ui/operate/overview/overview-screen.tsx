import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Tenant = Operations['platform.adminListTenants']['answers']['items'][number];

const COLUMNS: readonly Column<Tenant>[] = [
  { name: 'Organisation', cell: ({ name }) => name },
  { name: 'Slug', cell: ({ slug }) => <code className="font-mono">{slug}</code> },
  { name: 'Status', cell: ({ status }) => <Badge tone={status === 'active' ? 'ok' : 'warn'}>{status}</Badge> },
  { name: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
];

/** What an operator sees first. */
export function OverviewScreen() {
  const tenants = useOperation('platform.adminListTenants', { query: { limit: 10 } });
  return (
    <Page title="Overview" about="The organisations that were made last.">
      <Card title="Organisations" flush>
        <Loaded query={tenants}>
          {({ items }) => (
            <DataTable
              caption="Organisations, newest first"
              columns={COLUMNS}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty title="No organisations yet">Somebody makes the first one in the portal.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
