import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { findingsOf, type Finding } from './findings.ts';

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
        <Stat label="Edges" value={overview.data?.edges ?? '…'} />
        <Stat
          label="Ledger"
          value={stateOf(ledger.data)}
          note={<Time at={ledger.data?.verification.checked_at} none="not verified yet" />}
        />
        <Stat label="Jobs waiting" value={sumOf(queues.data?.items, 'waiting')} />
        <Stat label="Erasures open" value={erasures.data?.total ?? '…'} />
      </Stats>
      <Card title="What to do" flush>
        <Loaded query={overview}>
          {({ findings }) => (
            <Findings
              findings={[
                ...findings,
                ...findingsOf({
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
    </Page>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0)
    return <Empty title="Nothing to do">Everything that is looked at is as it should be.</Empty>;
  return (
    <ul>
      {findings.map(({ severity, what, advice }) => (
        <li key={what} className="flex flex-col gap-1 border-t border-line px-5 py-3">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <Badge tone={severity === 'red' ? 'bad' : 'warn'}>{severity === 'red' ? 'act now' : 'watch'}</Badge>
            {what}
          </p>
          <p className="text-muted">{advice}</p>
        </li>
      ))}
    </ul>
  );
}

function sumOf(items: readonly { readonly waiting: number }[] | undefined, member: 'waiting'): number | string {
  return items === undefined ? '…' : items.reduce((sum, item) => sum + item[member], 0);
}

function stateOf(ledger: Operations['credits.adminGetLedger']['answers'] | undefined): string {
  if (ledger === undefined) return '…';
  return ledger.verification.invariants.some(({ violations }) => violations > 0) ? 'broken' : 'holds';
}
