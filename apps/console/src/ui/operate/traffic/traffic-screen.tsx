import { useState } from 'react';
import { useOperation } from '../../api/queries.ts';
import { Badge, statusTone } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { REQUEST_COLUMNS } from './columns.tsx';
import { groupErrors, type ErrorGroup } from './errors.ts';

/** How often the newest lines are asked for, in milliseconds. */
const EVERY_MS = 5_000;
/** Of errors, the newest so many are grouped. */
const ERRORS_MAX = 100;

const GROUPS: readonly Column<ErrorGroup>[] = [
  { name: 'Status', cell: ({ status }) => <Badge tone={statusTone(status)}>{status}</Badge> },
  { name: 'Code', cell: ({ code }) => <code className="font-mono text-sm">{code ?? '—'}</code> },
  { name: 'Route', cell: ({ route }) => route ?? 'no route' },
  { name: 'Count', numeric: true, cell: (group) => count(group.count), sortBy: (group) => group.count },
  { name: 'Last', cell: ({ lastAt }) => <Time at={lastAt} />, sortBy: ({ lastAt }) => lastAt },
];

/** What comes in: errors grouped first, the newest lines second. */
export function TrafficScreen() {
  const [paused, setPaused] = useState(false);
  const options = { everyMs: paused ? (false as const) : EVERY_MS, personal: true };
  const failed = useOperation('usage.adminListRequests', { query: { status: '5xx', limit: ERRORS_MAX } }, options);
  const refused = useOperation('usage.adminListRequests', { query: { status: '4xx', limit: ERRORS_MAX } }, options);
  const newest = useOperation('usage.adminListRequests', { query: { limit: 25 } }, options);
  return (
    <Page
      title="Live traffic"
      about="Of the last day, asked for every five seconds. Requests of this console are not among them."
      actions={
        <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </Button>
      }
    >
      <Card
        title="Errors"
        about={`The newest ${ERRORS_MAX} of the gateway and backends, and of callers, grouped.`}
        flush
      >
        <Loaded query={failed}>
          {({ items }) => (
            <DataTable
              caption="Errors by status, code and route"
              columns={GROUPS}
              rows={groupErrors([...items, ...(refused.data?.items ?? [])])}
              rowKey={({ key }) => key}
              empty={<Empty title="No errors">Nothing was refused, and nothing failed.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      <Card title="Newest requests" flush>
        <Loaded query={newest}>
          {({ items }) => (
            <DataTable
              caption="Requests, newest first"
              columns={REQUEST_COLUMNS}
              rows={items}
              rowKey={({ id }) => id}
              empty={
                <Empty title="No requests yet">The first call through the gateway shows here within seconds.</Empty>
              }
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
