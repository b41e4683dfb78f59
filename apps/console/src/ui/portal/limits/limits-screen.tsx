import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Window = Operations['usage.getLimits']['answers']['windows'][number];

const REFRESH_MS = 5_000;
const NAMES: Readonly<Record<string, string>> = {
  minute: 'Requests a minute',
  day: 'Requests a day',
  key: 'Requests of this key a minute',
  platform: 'Managing organisations, a minute',
  usage: 'Looking at usage, a minute',
};

const COLUMNS: readonly Column<Window>[] = [
  {
    name: 'Window',
    cell: ({ name, binding }) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        {NAMES[name] ?? name}
        {binding ? <Badge tone="accent">binds first</Badge> : null}
      </span>
    ),
  },
  { name: 'Used', cell: (window) => <Bar {...window} /> },
  { name: 'Left', numeric: true, cell: ({ remaining, limit }) => `${count(remaining)} of ${count(limit)}` },
  {
    name: 'Opens again',
    cell: ({ resets_at: at, used }) =>
      used === 0 ? <span className="text-muted">with the next request</span> : <Time at={at} />,
  },
];

/** What is left of each limit, before the first refusal. Asking uses none of it. */
export function LimitsScreen() {
  const limits = useOperation('usage.getLimits', {}, { everyMs: REFRESH_MS });
  return (
    <Page title="Limits" about="How often you may call, and how much of that is used. This page uses none of it.">
      <Loaded query={limits}>
        {({ tier, windows }) => (
          <>
            <Stats>
              <Stat label="Tier" value={tier} />
              <Stat label="Windows" value={count(windows.length)} />
            </Stats>
            <Card title="Windows" flush>
              <DataTable
                caption="Windows of the limits"
                columns={COLUMNS}
                rows={windows}
                rowKey={({ name }) => name}
                empty={<Empty title="No limits">Nothing bounds how often you call.</Empty>}
              />
            </Card>
            <p className="text-muted">
              A request beyond a limit is answered 429, costs nothing, and says in{' '}
              <code className="font-mono">Retry-After</code> how many seconds to wait.
            </p>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Bar({ used, limit, name }: Window) {
  const part = limit === 0 ? 0 : Math.min(100, (used / limit) * 100);
  return (
    <meter
      min={0}
      max={limit}
      value={used}
      aria-label={`${NAMES[name] ?? name}: ${count(used)} of ${count(limit)} used`}
      title={`${part.toFixed(1)}%`}
      className="meter"
    />
  );
}
