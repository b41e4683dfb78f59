import { Link } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count, share } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { LINK_LOOK } from '../parts/links.tsx';

type Figures = Operations['platform.adminStats']['answers'];

/** How often it is asked again, in milliseconds: figures are counted anew once a minute. */
const EVERY_MS = 60_000;

/** The installation in figures. What did not answer is named, and its figures are not known, which is never a zero. */
export function FiguresScreen() {
  const figures = useOperation('platform.adminStats', {}, { personal: true, everyMs: EVERY_MS });
  return (
    <Page title="Figures" about="The whole installation, counted once a minute.">
      <Loaded query={figures} rows={8}>
        {(data) => (
          <>
            {data.partial.length === 0 ? null : <Partial names={data.partial} />}
            <Group title="Organisations">
              <Figure label="All" value={data.tenants.total} />
              <Figure label="Active" value={data.tenants.active} />
              <Figure label="Suspended" value={data.tenants.suspended} />
              <Figure label="Archived" value={data.tenants.archived} />
            </Group>
            <Group title="Users and keys">
              <Figure label="Users" value={data.users.total} note="without deleted ones" />
              <Figure label="Signed in" value={data.users.active_30d} note="within 30 days" />
              <Figure label="Active API keys" value={data.keys.active} />
            </Group>
            <Group title="The last 24 hours, by whole hours">
              <Figure label="Requests" value={data.requests.last_24h} />
              <Figure
                label="Errors"
                value={data.requests.errors_24h}
                note={shareOf(data.requests.errors_24h, data.requests.last_24h)}
              />
            </Group>
            <Group title="The last 30 days">
              <Figure label="Credits granted" value={data.credits.granted_30d} />
              <Figure label="Credits spent" value={data.credits.spent_30d} />
            </Group>
            <Subscriptions subscriptions={data.subscriptions} />
            <p className="text-sm text-muted">
              As of <Time at={data.as_of} />.
            </p>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Partial({ names }: { readonly names: Figures['partial'] }) {
  return (
    <output className="block rounded-xl bg-warn-soft px-5 py-3">
      <Badge tone="warn">partial</Badge> No answer within two seconds from <b>{names.join(', ')}</b>: what only they
      count is not known here, rather than zero.
    </output>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="font-semibold">{title}</h2>
      <Stats>{children}</Stats>
    </section>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: number | null;
  readonly note?: string | undefined;
}

function Figure({ label, value, note }: FigureProps) {
  if (value === null) return <Stat label={label} value="—" note="not known" />;
  return <Stat label={label} value={count(value)} {...(note === undefined ? {} : { note })} />;
}

function shareOf(part: number | null, all: number | null): string | undefined {
  return part === null || all === null || all === 0 ? undefined : `${share(part, all)} of requests`;
}

interface OnPlan {
  readonly plan: string;
  readonly running: number;
}

const COLUMNS: readonly Column<OnPlan>[] = [
  {
    name: 'Plan',
    cell: ({ plan }) => (
      <Link to="/operate/organisations" search={{ plan }} className={LINK_LOOK}>
        {plan}
      </Link>
    ),
  },
  { name: 'Running', numeric: true, cell: ({ running }) => count(running) },
];

function Subscriptions({ subscriptions }: { readonly subscriptions: Figures['subscriptions'] }) {
  const { by_plan: byPlan, past_due: pastDue } = subscriptions;
  return (
    <Card
      title="Subscriptions"
      about={pastDue === null ? 'Not known: credits did not answer.' : `${count(pastDue)} of them unpaid (past due).`}
      flush
    >
      {byPlan === null ? null : (
        <DataTable
          caption="Running subscriptions by plan"
          columns={COLUMNS}
          rows={Object.entries(byPlan).map(([plan, running]) => ({ plan, running }))}
          rowKey={({ plan }) => plan}
          empty={
            <Empty title="Nobody is on a plan">
              Organisations choose one themselves, or an admin puts them on one by an invoice.
            </Empty>
          }
        />
      )}
    </Card>
  );
}
