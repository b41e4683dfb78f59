import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

export type Edge = Operations['platform.adminListEdges']['answers']['items'][number];

/** How often the edges are looked at, in milliseconds; they report every two seconds. */
export const EDGES_EVERY_MS = 5_000;

const COLUMNS: readonly Column<Edge>[] = [
  { name: 'Edge', cell: ({ host, pid }) => `${host} / ${pid}` },
  { name: 'File', cell: ({ routes }) => <code className="font-mono text-sm">{routes.digest}</code> },
  { name: 'Loaded', cell: ({ routes }) => <Time at={routes.loaded_at} /> },
  { name: 'Routes', numeric: true, cell: ({ routes }) => routes.count },
  {
    name: 'Last reload',
    cell: ({ routes: { refused } }) =>
      refused === null ? <Badge tone="ok">taken</Badge> : <span className="text-bad">{refused.faults[0]}</span>,
  },
];

/** Which routes file each edge has loaded, and whether it is the same. */
export function LoadedFiles() {
  const edges = useOperation('platform.adminListEdges', {}, { personal: true, everyMs: EDGES_EVERY_MS });
  return (
    <Card
      title="Loaded by the edges"
      about={
        edges.data?.routes_agree === false
          ? 'They do not agree: send SIGHUP to those with the older file.'
          : 'All have the same file.'
      }
      flush
    >
      <Loaded query={edges} rows={1}>
        {({ items }) => (
          <DataTable
            caption="Edges and their files"
            columns={COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty title="No edge reports">
                An edge says what it has loaded every few seconds: look whether one runs and reaches Redis.
              </Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}
