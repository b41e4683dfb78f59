import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { inASentence, windowName } from './window-names.ts';

type LimitsOfTier = Operations['usage.getLimits']['answers']['tiers'][number];
type Window = Operations['usage.getLimits']['answers']['windows'][number];

const REFRESH_MS = 5_000;

const COLUMNS: readonly Column<Window>[] = [
  {
    name: 'Window',
    cell: ({ name, binding }) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        {windowName(name)}
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

/** What tiers allow; the own one is marked. */
function tierColumns(own: string): readonly Column<LimitsOfTier>[] {
  return [
    {
      name: 'Tier',
      cell: ({ tier }) => (
        <span className="inline-flex flex-wrap items-center gap-2 font-medium">
          {tier}
          {tier === own ? <Badge tone="accent">yours</Badge> : null}
        </span>
      ),
    },
    { name: 'Requests a minute', numeric: true, cell: ({ per_minute: limit }) => countOrNone(limit) },
    { name: 'Requests a day', numeric: true, cell: ({ per_day: limit }) => countOrNone(limit) },
    { name: 'At once, at one backend', numeric: true, cell: ({ concurrent }) => count(concurrent) },
  ];
}

const countOrNone = (limit: number | null): string => (limit === null ? 'no limit' : count(limit));

/** What is left of each limit, before the first refusal. Asking uses none of it. */
export function LimitsScreen() {
  const limits = useOperation('usage.getLimits', {}, { everyMs: REFRESH_MS });
  return (
    <Page title="Limits" about="How often you may call, and how much of that is used. This page uses none of it.">
      <Loaded query={limits}>
        {({ tier, tiers, windows }) => (
          <>
            <Numbers tier={tier} binding={windows.find(({ binding }) => binding)} />
            <Card title="Windows" flush>
              <DataTable
                caption="Windows of the limits"
                columns={COLUMNS}
                rows={windows}
                rowKey={({ name }) => name}
                empty={<Empty title="No limits">Nothing bounds how often you call.</Empty>}
              />
            </Card>
            <Card title="What each tier allows" about="An organisation’s tier comes with its plan." flush>
              <DataTable
                caption="Limits of the tiers, from the narrowest to the widest"
                columns={tierColumns(tier)}
                rows={tiers}
                rowKey={({ tier: name }) => name}
                empty={<Empty title="No tiers" />}
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

/** How fast one may go, and what is left of the limit that is reached first. */
function Numbers({ tier, binding }: { readonly tier: string; readonly binding: Window | undefined }) {
  return (
    <Stats>
      <Stat label="Tier" value={tier} />
      {binding === undefined ? null : (
        <>
          <Stat
            label="Requests left"
            value={count(binding.remaining)}
            note={`of ${count(binding.limit)} ${inASentence(windowName(binding.name))}`}
          />
          <Stat
            label="Full again"
            value={
              binding.used === 0 ? (
                'now'
              ) : (
                <span className="text-lg">
                  <Time at={binding.resets_at} />
                </span>
              )
            }
            note={binding.used === 0 ? 'nothing of it is used' : `${count(binding.used)} used`}
          />
        </>
      )}
    </Stats>
  );
}

function Bar({ used, limit, name }: Window) {
  const part = limit === 0 ? 0 : Math.min(100, (used / limit) * 100);
  return (
    <meter
      min={0}
      max={limit}
      value={used}
      aria-label={`${windowName(name)}: ${count(used)} of ${count(limit)} used`}
      title={`${part.toFixed(1)}%`}
      className="meter"
    />
  );
}
