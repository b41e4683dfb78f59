import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { counted, duration, seconds } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { EDGES_EVERY_MS, type Edge } from './loaded-files.tsx';

interface Target {
  readonly key: string;
  readonly name: string;
  readonly address: string;
  readonly breaker: 'closed' | 'open' | 'half-open';
  readonly failures: number;
  readonly answers: Edge['upstreams'][number]['targets'][number]['answers'];
  readonly healthy: boolean;
  readonly inFlight: number;
  readonly waiting: number;
}

const BREAKER_TONES = { closed: 'ok', 'half-open': 'warn', open: 'bad' } as const;
const COLUMNS: readonly Column<Target>[] = [
  { name: 'Backend', cell: ({ name }) => <span className="font-medium">{name}</span>, sortBy: ({ name }) => name },
  { name: 'Address', cell: ({ address }) => <code className="font-mono text-sm">{address}</code> },
  {
    name: 'Breaker',
    cell: ({ breaker }) => <Badge tone={BREAKER_TONES[breaker]}>{breaker}</Badge>,
    sortBy: ({ breaker }) => breaker,
  },
  { name: 'Failures', numeric: true, cell: ({ failures }) => failures, sortBy: ({ failures }) => failures },
  {
    name: 'Health',
    cell: ({ healthy }) => <Badge tone={healthy ? 'ok' : 'warn'}>{healthy ? 'passes' : 'fails'}</Badge>,
  },
  {
    name: 'Latency',
    numeric: true,
    cell: ({ answers }) => <AnswerTimes answers={answers} />,
    sortBy: ({ answers }) => answers?.p50_ms ?? -1,
  },
  { name: 'Under way', numeric: true, cell: ({ inFlight }) => inFlight, sortBy: ({ inFlight }) => inFlight },
  { name: 'Waiting', numeric: true, cell: ({ waiting }) => waiting },
];

/** How fast a backend began its last answers; an edge of an earlier release does not say. */
function AnswerTimes({ answers }: Pick<Target, 'answers'>) {
  if (answers === undefined) return <span className="text-sm whitespace-nowrap text-muted">not told</span>;
  if (answers === null) return <span className="text-sm whitespace-nowrap text-muted">no answers lately</span>;
  const { p50_ms: p50, p95_ms: p95, count } = answers;
  return (
    <span title={`The last ${counted(count, 'answer')}, of at most five minutes`} className="whitespace-nowrap">
      {duration(p50)}
      <span className="block text-sm text-muted">95% within {duration(p95)}</span>
    </span>
  );
}

function targetsOf({ upstreams }: Edge): Target[] {
  return upstreams.flatMap(({ name, waiting, targets }) =>
    targets.map(({ address, breaker, failures, healthy, in_flight: inFlight, answers }) => ({
      key: `${name} ${address}`,
      name,
      address,
      breaker,
      failures,
      healthy,
      answers,
      inFlight,
      waiting,
    })),
  );
}

/** What stands behind each edge, and whether it is reached. */
export function UpstreamsScreen() {
  const edges = useOperation('platform.adminListEdges', {}, { personal: true, everyMs: EDGES_EVERY_MS });
  return (
    <Page
      title="Backends"
      about="As each edge sees them: failures in a row, and how long the last answers took to begin, of at most five minutes. A breaker opens by itself after failures in a row, and tries again by itself."
    >
      <Loaded query={edges}>
        {({ items }) =>
          items.map((edge) => (
            <Card
              key={edge.id}
              title={`${edge.host} / ${edge.pid}`}
              about={
                <>
                  {edge.version}, since <Time at={edge.started_at} />; {edge.live} under way; revocations known{' '}
                  {seconds(Math.round(edge.revocations_age_seconds))} ago
                </>
              }
              flush
            >
              <DataTable
                caption={`Backends of ${edge.host} / ${edge.pid}`}
                columns={COLUMNS}
                rows={targetsOf(edge)}
                rowKey={({ key }) => key}
                empty={<Empty title="No backends">The routes file of this edge names none.</Empty>}
              />
            </Card>
          ))
        }
      </Loaded>
    </Page>
  );
}
