import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { LINK_LOOK } from '../parts/links.tsx';
import { EdgesCard } from './edges-card.tsx';
import { findingsOf, ledgerState, type Finding } from './findings.ts';

type Service = Operations['platform.adminOverview']['answers']['services'][number];

/** How often it is looked again, in milliseconds. */
const EVERY_MS = 10_000;

const SERVICES: readonly Column<Service>[] = [
  { name: 'Service', cell: ({ name }) => <span className="font-medium">{name}</span> },
  { name: 'State', cell: ({ status }) => <Badge tone={toneOf(status)}>{status.replace('_', ' ')}</Badge> },
  {
    name: 'Depends on',
    cell: ({ checks }) => (
      <span className="flex flex-wrap gap-1 max-sm:justify-end">
        {Object.entries(checks).map(([name, state]) => (
          <Badge key={name} tone={state === 'up' ? 'plain' : 'bad'}>
            {name} {state}
          </Badge>
        ))}
      </span>
    ),
  },
  { name: 'Version', cell: ({ version }) => version ?? '—' },
];

function toneOf(status: Service['status']) {
  if (status === 'ready') return 'ok';
  return status === 'degraded' ? 'warn' : 'bad';
}

/** What an operator sees first: what is not as it should be, and what to do about it. */
export function OverviewScreen() {
  const options = { everyMs: EVERY_MS, personal: true };
  const overview = useOperation('platform.adminOverview', {}, options);
  const ledger = useOperation('credits.adminGetLedger', {}, options);
  const queues = useOperation('platform.adminListQueues', {}, options);
  const erasures = useOperation(
    'users.adminListErasures',
    { query: { status: 'running', order: 'oldest', limit: 1 } },
    options,
  );
  return (
    <Page title="Overview" about="What runs, what does not, and what to do about it. Looked at every ten seconds.">
      <Stats>
        <Read label="Edges" query={overview} value={({ edges }) => edges} />
        <Read
          label="Ledger"
          query={ledger}
          value={ledgerState}
          note={({ verification }) => <Time at={verification.checked_at} none="not verified yet" />}
        />
        <Read
          label="Jobs waiting"
          query={queues}
          value={({ items }) => items.reduce((sum, { waiting }) => sum + waiting, 0)}
        />
        <Read label="Erasures open" query={erasures} value={({ total }) => total} />
      </Stats>
      <Card title="What to do" flush>
        <Loaded query={overview}>
          {({ findings }) => (
            <Findings
              findings={[
                ...findings,
                ...findingsOf({
                  unread: Object.entries({ ledger, 'list of queues': queues, 'list of erasures': erasures })
                    .filter(([, query]) => isUnread(query))
                    .map(([name]) => name),
                  ledger: ledger.data,
                  queues: queues.data?.items,
                  erasures: erasures.data?.items,
                  nowMs: overview.dataUpdatedAt,
                }),
              ]}
            />
          )}
        </Loaded>
      </Card>
      <Card title="Services" about="As the edge that answered reaches them." flush>
        <Loaded query={overview}>
          {({ services }) => (
            <DataTable
              caption="Services and what they depend on"
              columns={SERVICES}
              rows={services}
              rowKey={({ name }) => name}
              empty={<Empty title="No services" />}
            />
          )}
        </Loaded>
      </Card>
      <EdgesCard />
    </Page>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0)
    return <Empty title="Nothing to do">Everything that is looked at is as it should be.</Empty>;
  return (
    <ul>
      {findings.map(({ severity, what, advice, place }) => (
        <li key={what} className="flex flex-col gap-1 border-t border-line px-5 py-3">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <Badge tone={severity === 'red' ? 'bad' : 'warn'}>{severity === 'red' ? 'act now' : 'watch'}</Badge>
            {what}
          </p>
          <p className="text-muted">
            {advice}{' '}
            {place === undefined ? null : (
              <Link to={place[0]} className={LINK_LOOK}>
                {place[1]}
              </Link>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly errorUpdateCount: number;
}

/** Whether it did not answer when it was asked last; what never answered stays so while it is asked again. */
function isUnread({ data, error, errorUpdateCount }: Asked<unknown>): boolean {
  return error !== null || (data === undefined && errorUpdateCount > 0);
}

interface ReadProps<T> {
  readonly label: string;
  readonly query: Asked<T>;
  readonly value: (data: T) => string | number;
  readonly note?: (data: T) => ReactNode;
}

/** A number that was read now; where that failed it says so, and shows none of before. */
function Read<T>({ label, query, value, note }: ReadProps<T>) {
  const { data } = query;
  if (isUnread(query))
    return (
      <Stat
        label={label}
        value={<span className="text-lg text-warn">unavailable</span>}
        note="no answer when last asked"
      />
    );
  if (data === undefined) return <Stat label={label} value="…" />;
  return <Stat label={label} value={value(data)} note={note?.(data)} />;
}
