import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Chart } from '../../design/chart.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { downloadCsv } from '../../design/download.ts';
import { SelectField } from '../../design/field.tsx';
import { Filters, Segments } from '../../design/filters.tsx';
import { bucketTime, count, credits, duration, share } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { filled, periodOf, RANGES } from './range.ts';

type Usage = Operations['usage.get']['answers'];
type Sums = Usage['series'][number];
type Group = Usage['groups'][number];

const route = getRouteApi('/portal/usage');
const GROUPS = [
  ['route', 'Route'],
  ['key', 'API key'],
  ['project', 'Project'],
  ['status', 'Status'],
  ['model', 'Model'],
] as const;
const NOTHING = { requests: 0, errors: 0, cost: '0', latency_ms: { p50: null, p95: null, p99: null } };

/** What was used: over time, and by what it was used for. Each chart has its numbers in a table beneath. */
export function UsageScreen() {
  const { range = '24h', by = 'route' } = route.useSearch();
  const navigate = route.useNavigate();
  const [nowMs] = useState(() => Date.now());
  const period = periodOf(range, nowMs);
  const usage = useOperation('usage.get', { query: { ...period, group_by: by } });
  return (
    <Page
      title="Usage"
      about="Requests through the gateway and what they cost. Looking at this console is not counted."
    >
      <Filters>
        <Segments
          label="Range"
          value={range}
          options={RANGES}
          onChange={(next) =>
            void navigate({ search: (now) => ({ ...now, range: next === '24h' ? undefined : next }) })
          }
        />
      </Filters>
      <Loaded query={usage} rows={9}>
        {(data) => {
          const series = filled<Sums>(data.series, period, (bucket) => ({ ...data.totals, ...NOTHING, bucket }));
          return (
            <>
              <Totals usage={data} />
              <OverTime series={series} interval={period.interval} range={range} />
              <Card
                title="By what it was for"
                flush
                actions={
                  <SelectField
                    label="Split by"
                    value={by}
                    onChange={({ target: { value } }) =>
                      void navigate({ search: (now) => ({ ...now, by: GROUPS.find(([name]) => name === value)?.[0] }) })
                    }
                  >
                    {GROUPS.map(([name, text]) => (
                      <option key={name} value={name}>
                        {text}
                      </option>
                    ))}
                  </SelectField>
                }
              >
                <Groups groups={data.groups} />
              </Card>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Totals({ usage: { totals } }: { readonly usage: Usage }) {
  const { p50, p95 } = totals.latency_ms;
  return (
    <Stats>
      <Stat label="Requests" value={count(totals.requests)} />
      <Stat label="Errors" value={count(totals.errors)} note={share(totals.errors, totals.requests)} />
      <Stat label="Charged" value={credits(totals.cost)} unit="credits" />
      <Stat
        label="Half answered within"
        value={p50 === null ? '—' : duration(p50)}
        note={p95 === null ? undefined : `95% within ${duration(p95)}`}
      />
    </Stats>
  );
}

interface OverTimeProps {
  readonly series: readonly Sums[];
  readonly interval: 'hour' | 'day';
  readonly range: string;
}

function OverTime({ series, interval, range }: OverTimeProps) {
  const columns: readonly Column<Sums>[] = [
    {
      name: interval === 'day' ? 'Day (UTC)' : 'Hour',
      sortBy: ({ bucket }) => bucket,
      cell: ({ bucket }) => bucketTime(bucket, interval),
    },
    { name: 'Requests', numeric: true, sortBy: ({ requests }) => requests, cell: ({ requests }) => count(requests) },
    { name: 'Errors', numeric: true, sortBy: ({ errors }) => errors, cell: ({ errors }) => count(errors) },
    { name: 'Charged', numeric: true, sortBy: ({ cost }) => Number(cost), cell: ({ cost }) => credits(cost) },
    {
      name: 'p95',
      numeric: true,
      sortBy: ({ latency_ms: { p95 } }) => p95 ?? 0,
      cell: ({ latency_ms: { p95 } }) => (p95 === null ? '—' : duration(p95)),
    },
  ];
  const save = (): void =>
    downloadCsv(`usage-${range}.csv`, [
      ['from', 'requests', 'errors', 'credits', 'p50_ms', 'p95_ms'],
      ...series.map(({ bucket, requests, errors, cost, latency_ms: { p50, p95 } }) => [
        bucket,
        requests,
        errors,
        cost,
        p50 ?? '',
        p95 ?? '',
      ]),
    ]);
  const used = series.filter(({ requests }) => requests > 0);
  return (
    <Card
      title="Over time"
      flush
      actions={
        <Button small onClick={save}>
          <Download size={14} aria-hidden />
          CSV
        </Button>
      }
    >
      <div className="px-3 pb-3 sm:px-5">
        <Chart
          label="Requests and errors over time"
          times={series.map(({ bucket }) => bucketTime(bucket, interval))}
          series={[
            { name: 'Requests', values: series.map(({ requests }) => requests) },
            { name: 'Errors', values: series.map(({ errors }) => errors) },
          ]}
        />
      </div>
      <details className="border-t border-line">
        <summary className="px-5 py-3 text-sm text-muted">The same numbers as a table</summary>
        <DataTable
          caption="Usage over time; intervals without requests are left out"
          columns={columns}
          rows={used}
          rowKey={({ bucket }) => bucket}
          empty={<Empty title="No requests in this time" />}
        />
      </details>
    </Card>
  );
}

const GROUP_COLUMNS: readonly Column<Group>[] = [
  {
    name: 'What',
    sortBy: ({ key }) => key,
    cell: ({ key }) => <span className="font-mono text-[0.92em]">{key === '' ? '(none)' : key}</span>,
  },
  { name: 'Requests', numeric: true, sortBy: ({ requests }) => requests, cell: ({ requests }) => count(requests) },
  {
    name: 'Errors',
    numeric: true,
    sortBy: ({ errors }) => errors,
    cell: ({ errors, requests }) => `${count(errors)} (${share(errors, requests)})`,
  },
  { name: 'Charged', numeric: true, sortBy: ({ cost }) => Number(cost), cell: ({ cost }) => credits(cost) },
  {
    name: 'p95',
    numeric: true,
    sortBy: ({ latency_ms: { p95 } }) => p95 ?? 0,
    cell: ({ latency_ms: { p95 } }) => (p95 === null ? '—' : duration(p95)),
  },
];

function Groups({ groups }: { readonly groups: readonly Group[] }) {
  return (
    <DataTable
      caption="Usage by group, most requests first"
      columns={GROUP_COLUMNS}
      rows={groups}
      rowKey={({ key }) => key}
      empty={<Empty title="No requests in this time">Make one with a key, and it shows here within seconds.</Empty>}
    />
  );
}
