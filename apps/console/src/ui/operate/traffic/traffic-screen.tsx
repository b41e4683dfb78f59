import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { problemOf } from '../../api/problem.ts';
import { useOperation } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { DataTable } from '../../design/data-table.tsx';
import { Filters, Segments } from '../../design/filters.tsx';
import { count, counted, duration, share } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { REQUEST_COLUMNS } from './columns.tsx';
import { ErrorGroups } from './error-groups.tsx';
import { BackendFlows, RouteFlows } from './flows.tsx';
import { MINUTES, RANGES, rate } from './minutes.ts';
import { OverTime } from './over-time.tsx';

type Traffic = Operations['usage.adminTraffic']['answers'];

/** How often it is asked for, in milliseconds. */
const EVERY_MS = 5_000;
const NEWEST = 15;

const route = getRouteApi('/operate/traffic');

/** What comes in: errors grouped first, then routes and backends, the newest requests last. */
export function TrafficScreen() {
  const { range = '15m' } = route.useSearch();
  const navigate = route.useNavigate();
  const [paused, setPaused] = useState(false);
  const options = { everyMs: paused ? (false as const) : EVERY_MS, personal: true };
  const traffic = useOperation('usage.adminTraffic', { query: { minutes: MINUTES[range] } }, options);
  const newest = useOperation('usage.adminListRequests', { query: { limit: NEWEST } }, options);
  return (
    <Page
      title="Live traffic"
      about="Everybody's requests, asked for every five seconds. Those of this console are not among them."
      actions={
        <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </Button>
      }
    >
      <Filters>
        <Segments
          label="The last"
          value={range}
          options={RANGES}
          onChange={(next) =>
            void navigate({ search: (now) => ({ ...now, range: next === '15m' ? undefined : next }) })
          }
        />
      </Filters>
      {traffic.data === undefined || traffic.error === null ? null : (
        <output className="block rounded-lg bg-warn-soft px-3 py-2 text-warn">
          Not the newest: the last try did not work. {problemOf(traffic.error).detail}
        </output>
      )}
      <Loaded query={traffic} rows={9}>
        {(data) => (
          <>
            <Totals traffic={data} />
            <Card title="Errors" about="By status, code and route, the most frequent first." flush>
              <ErrorGroups errors={data.errors} />
            </Card>
            <Card title="By minute" about="The last minute is under way." flush>
              <OverTime traffic={data} />
            </Card>
            <Card title="Routes" flush>
              <RouteFlows traffic={data} />
            </Card>
            <Card title="Backends" flush>
              <BackendFlows traffic={data} />
            </Card>
          </>
        )}
      </Loaded>
      <Card title="Newest requests" about="Of the last day." flush>
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

function Totals({ traffic }: { readonly traffic: Traffic }) {
  const { requests, refused, failed, latency_ms: quantiles } = traffic.totals;
  const { p50, p95, p99 } = quantiles;
  return (
    <Stats>
      <Stat label="Requests" value={rate(requests, traffic)} note={`${count(requests)} in all`} />
      <Stat label="Failed" value={share(failed, requests)} note={`${counted(failed, 'answer')} from 500 on`} />
      <Stat label="Refused" value={share(refused, requests)} note={`${counted(refused, 'answer')} of 4xx`} />
      <Stat
        label="95% answered within"
        value={p95 === null ? '—' : duration(p95)}
        note={p50 === null || p99 === null ? undefined : `half ${duration(p50)}, 99% ${duration(p99)}`}
      />
    </Stats>
  );
}
