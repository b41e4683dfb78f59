import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count } from '../../design/format.ts';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { EDGES_EVERY_MS, type Edge } from '../edges/loaded-files.tsx';

const COLUMNS: readonly Column<Edge>[] = [
  { name: 'Edge', cell: ({ host, pid }) => <span className="font-medium">{`${host} / ${pid}`}</span> },
  { name: 'State', cell: (edge) => <State edge={edge} /> },
  { name: 'Under way', numeric: true, cell: ({ live }) => count(live) },
  { name: 'Since', cell: ({ started_at: at }) => <Time at={at} /> },
  { name: 'Version', cell: ({ version }) => version },
];

function State({ edge: { draining, limiter_degraded: degraded } }: { readonly edge: Edge }) {
  if (draining) return <Badge tone="warn">stopping</Badge>;
  return <Badge tone={degraded ? 'warn' : 'ok'}>{degraded ? 'limits alone' : 'serves'}</Badge>;
}

/** Every edge that reports, with its version: while a release is rolled out there are two. */
export function EdgesCard() {
  const edges = useOperation('platform.adminListEdges', {}, { personal: true, everyMs: EDGES_EVERY_MS });
  return (
    <Card title="Edges" about="As each last said of itself." flush>
      <Loaded query={edges} rows={1}>
        {({ items }) => (
          <DataTable
            caption="Edges and their versions"
            columns={COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty title="No edge reports">Look whether one runs and reaches Redis.</Empty>}
          />
        )}
      </Loaded>
    </Card>
  );
}
