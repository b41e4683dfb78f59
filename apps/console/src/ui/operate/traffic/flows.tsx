import type { Operations } from '@turnpike/client';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { duration, share } from '../../design/format.ts';
import { Empty } from '../../design/states.tsx';
import { rate } from './minutes.ts';

type Traffic = Operations['usage.adminTraffic']['answers'];
type Sums = Traffic['totals'];

/** A column of a quantile of latency. */
function latency<Row extends Sums>(quantile: 'p50' | 'p95' | 'p99'): Column<Row> {
  return {
    name: quantile,
    numeric: true,
    sortBy: ({ latency_ms: quantiles }) => quantiles[quantile] ?? 0,
    cell: ({ latency_ms: { [quantile]: ms } }) => (ms === null ? '—' : duration(ms)),
  };
}

/** What sums of requests show of themselves: rate, errors, latencies. */
function columnsOf<Row extends Sums>(time: Traffic): readonly Column<Row>[] {
  return [
    { name: 'Rate', numeric: true, sortBy: ({ requests }) => requests, cell: ({ requests }) => rate(requests, time) },
    {
      name: 'Failed',
      numeric: true,
      sortBy: ({ failed, requests }) => failed / requests,
      cell: ({ failed, requests }) => <Part part={failed} all={requests} tone="text-bad" />,
    },
    {
      name: 'Refused',
      numeric: true,
      sortBy: ({ refused, requests }) => refused / requests,
      cell: ({ refused, requests }) => <Part part={refused} all={requests} tone="text-warn" />,
    },
    latency('p50'),
    latency('p95'),
    latency('p99'),
  ];
}

function Part({ part, all, tone }: { readonly part: number; readonly all: number; readonly tone: string }) {
  return <span className={part === 0 ? 'text-muted' : tone}>{share(part, all)}</span>;
}

const none = (
  <Empty title="No requests in this time">The first call through the gateway shows here within seconds.</Empty>
);

/** Routes by how much comes in for them. */
export function RouteFlows({ traffic }: { readonly traffic: Traffic }) {
  return (
    <DataTable
      caption="Routes, the busiest first"
      columns={[
        {
          name: 'Route',
          sortBy: ({ route }) => route ?? '',
          cell: ({ route }) => route ?? <span className="text-muted">no route</span>,
        },
        ...columnsOf<Traffic['routes'][number]>(traffic),
      ]}
      rows={traffic.routes}
      rowKey={({ route, upstream }) => `${route} ${upstream}`}
      empty={none}
    />
  );
}

/** Backends by how much goes to them. */
export function BackendFlows({ traffic }: { readonly traffic: Traffic }) {
  return (
    <DataTable
      caption="Backends, the busiest first"
      columns={[
        {
          name: 'Backend',
          sortBy: ({ upstream }) => upstream ?? '',
          cell: ({ upstream }) => upstream ?? <span className="text-muted">none</span>,
        },
        ...columnsOf<Traffic['upstreams'][number]>(traffic),
      ]}
      rows={traffic.upstreams}
      rowKey={({ upstream }) => `${upstream}`}
      empty={none}
    />
  );
}
