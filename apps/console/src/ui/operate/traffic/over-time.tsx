import type { Operations } from '@turnpike/client';
import { Chart } from '../../design/chart.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { clockTime, count, duration } from '../../design/format.ts';
import { Empty } from '../../design/states.tsx';
import { everyMinute } from './minutes.ts';

type Traffic = Operations['usage.adminTraffic']['answers'];
type Minute = Traffic['series'][number];

const NOTHING = { requests: 0, refused: 0, failed: 0, latency_ms: { p50: null, p95: null, p99: null } };

const COLUMNS: readonly Column<Minute>[] = [
  { name: 'Minute', sortBy: ({ minute }) => minute, cell: ({ minute }) => clockTime(minute) },
  { name: 'Requests', numeric: true, sortBy: ({ requests }) => requests, cell: ({ requests }) => count(requests) },
  { name: 'Refused', numeric: true, sortBy: ({ refused }) => refused, cell: ({ refused }) => count(refused) },
  { name: 'Failed', numeric: true, sortBy: ({ failed }) => failed, cell: ({ failed }) => count(failed) },
  {
    name: 'p95',
    numeric: true,
    sortBy: ({ latency_ms: { p95 } }) => p95 ?? 0,
    cell: ({ latency_ms: { p95 } }) => (p95 === null ? '—' : duration(p95)),
  },
];

/** Requests and errors by minute, and the same numbers in a table. */
export function OverTime({ traffic }: { readonly traffic: Traffic }) {
  const minutes = everyMinute<Minute>(traffic.series, traffic, (minute) => ({ ...NOTHING, minute }));
  return (
    <>
      <div className="px-3 pb-3 sm:px-5">
        <Chart
          label="Requests and errors by minute"
          times={minutes.map(({ minute }) => clockTime(minute))}
          series={[
            { name: 'Requests', values: minutes.map(({ requests }) => requests) },
            { name: 'Refused', values: minutes.map(({ refused }) => refused) },
            { name: 'Failed', values: minutes.map(({ failed }) => failed) },
          ]}
        />
      </div>
      <details className="border-t border-line">
        <summary className="px-5 py-3 text-sm text-muted">The same numbers as a table</summary>
        <DataTable
          caption="Requests by minute; minutes without requests are left out"
          columns={COLUMNS}
          rows={minutes.filter(({ requests }) => requests > 0)}
          rowKey={({ minute }) => minute}
          empty={<Empty title="No requests in this time" />}
        />
      </details>
    </>
  );
}
