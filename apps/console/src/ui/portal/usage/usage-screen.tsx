import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Chart } from '../../design/chart.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { downloadCsv } from '../../design/download.ts';
import { SelectField, TextField } from '../../design/field.tsx';
import { Filters, Segments } from '../../design/filters.tsx';
import { bucketTime, count, credits, duration, share } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { dayOf, filled, periodOf, periodOfDays, RANGES } from './range.ts';

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
  const { range = '24h', by = 'route', from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const [nowMs] = useState(() => Date.now());
  const chosen = range === 'custom' ? periodOfDays(from, to) : undefined;
  // Before days are chosen, and where they are none, the last seven are shown.
  const period = chosen ?? periodOf(range === 'custom' ? '7d' : range, nowMs);
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
            void navigate({
              search: (now) => ({
                ...now,
                range: next === '24h' ? undefined : next,
                from: next === 'custom' ? dayOf(period.from) : undefined,
                to: next === 'custom' ? dayOf(new Date(Date.parse(period.to) - 1).toISOString()) : undefined,
              }),
            })
          }
        />
        {range === 'custom' ? (
          <>
            <TextField
              label="From"
              type="date"
              value={from ?? ''}
              onChange={({ target: { value } }) =>
                void navigate({ search: (now) => ({ ...now, from: value || undefined }) })
              }
            />
            <TextField
              label="To (UTC)"
              type="date"
              value={to ?? ''}
              onChange={({ target: { value } }) =>
                void navigate({ search: (now) => ({ ...now, to: value || undefined }) })
              }
            />
          </>
        ) : null}
      </Filters>
      {range === 'custom' && chosen === undefined ? (
        <output className="block rounded-lg bg-warn-soft px-3 py-2 text-warn">
          Choose a first day and a last one that is not before it, at most 400 days. Shown are the last seven.
        </output>
      ) : null}
      <Loaded query={usage} rows={9}>
        {(data) => {
          const series = filled<Sums>(data.series, period, (bucket) => ({ ...data.totals, ...NOTHING, bucket }));
          return (
            <>
              <Totals usage={data} />
              {data.totals.requests === 0 ? (
                <Card title="Over time">
                  <Empty title="No requests in this time">Choose a longer time, or make a call.</Empty>
                </Card>
              ) : (
                <OverTime series={series} interval={period.interval} range={range} />
              )}
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

type WithLatency = Pick<Sums, 'latency_ms'>;

/** Within what half of the requests, and 95 of 100, were answered. */
function latencyColumns<Row extends WithLatency>(): readonly Column<Row>[] {
  return (['p50', 'p95'] as const).map((quantile) => ({
    name: quantile,
    numeric: true,
    sortBy: ({ latency_ms: latency }: Row) => latency[quantile] ?? 0,
    cell: ({ latency_ms: latency }: Row) => {
      const ms = latency[quantile];
      return ms === null ? '—' : duration(ms);
    },
  }));
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
    { name: 'Credits', numeric: true, sortBy: ({ cost }) => Number(cost), cell: ({ cost }) => credits(cost) },
    ...latencyColumns<Sums>(),
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
      <div className="border-t border-line px-3 py-3 sm:px-5">
        <h3 className="px-2 pb-2 text-sm text-muted sm:px-0">How long answers took, in milliseconds</h3>
        <Chart
          label="How long answers took, in milliseconds"
          times={series.map(({ bucket }) => bucketTime(bucket, interval))}
          series={[
            { name: 'p50', values: series.map(({ latency_ms: { p50 } }) => p50) },
            { name: 'p95', values: series.map(({ latency_ms: { p95 } }) => p95) },
          ]}
        />
      </div>
      <div className="border-t border-line px-3 py-3 sm:px-5">
        <h3 className="px-2 pb-2 text-sm text-muted sm:px-0">What they cost, in credits</h3>
        <Chart
          label="What they cost, in credits"
          times={series.map(({ bucket }) => bucketTime(bucket, interval))}
          series={[{ name: 'Credits', values: series.map(({ cost }) => Number(cost)) }]}
        />
      </div>
      <details className="border-t border-line">
        <summary className="px-5 py-3 text-sm text-muted">The same numbers as a table</summary>
        <DataTable
          caption="Usage over time; intervals without requests are left out"
          columns={columns}
          rows={used}
          rowKey={({ bucket }) => bucket}
          empty={<Empty title="No requests in this time">Choose a longer time, or make a call.</Empty>}
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
  { name: 'Credits', numeric: true, sortBy: ({ cost }) => Number(cost), cell: ({ cost }) => credits(cost) },
  ...latencyColumns<Group>(),
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
