import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { apiIn } from '../../api/client.ts';
import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { credits } from '../../design/format.ts';
import { sourceName } from '../../design/grant-source.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { forecastOf } from './forecast.ts';
import { Spending } from './spending.tsx';
import { useSpending } from './use-spending.ts';

type Account = Operations['credits.getAccount']['answers'];
type Grant = Account['grants'][number];
type Hold = Account['holds'][number];
type Entry = Operations['credits.getHistory']['answers'][number];

const route = getRouteApi('/portal/credits');
const ROWS = 20;

const GRANTS: readonly Column<Grant>[] = [
  { name: 'From', cell: ({ source }) => sourceName(source) },
  { name: 'Left', numeric: true, cell: ({ remaining, amount }) => `${credits(remaining)} of ${credits(amount)}` },
  { name: 'Expires', cell: ({ expires_at: at }) => <Time at={at} none="never" /> },
  { name: 'Given', cell: ({ created_at: at }) => <Time at={at} /> },
];

const HOLDS: readonly Column<Hold>[] = [
  { name: 'For', cell: ({ operation }) => operation ?? 'a call' },
  { name: 'Held', numeric: true, cell: ({ amount }) => credits(amount) },
  { name: 'Since', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'Given back', cell: ({ expires_at: at }) => <Time at={at} /> },
];

const HISTORY: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
  {
    name: 'What',
    lead: true,
    cell: ({ type, description }) => <span>{description === '' ? type.replaceAll('_', ' ') : description}</span>,
  },
  {
    name: 'Amount',
    numeric: true,
    cell: ({ amount }) => (
      <span className={amount > 0 ? 'text-ok' : ''}>{amount > 0 ? `+${credits(amount)}` : credits(amount)}</span>
    ),
  },
  { name: 'Balance', numeric: true, cell: ({ balance_after: after }) => credits(after) },
];

/** Credits: what there is, until when, what is held, and every entry. */
export function CreditsScreen() {
  const scope = useScope();
  const account = useOperation('credits.getAccount', {});
  const spending = useSpending();
  const pace = spending.data?.map(({ cost }) => Number(cost));
  return (
    <Page
      title="Credits"
      about="What calls are paid with. A price is held before a call and charged when it succeeds; a call that fails costs nothing."
    >
      <Loaded query={account} rows={8}>
        {(data) => (
          <>
            <Stats>
              <Stat
                label="To spend"
                value={credits(data.available)}
                unit="credits"
                note={pace && forecastOf(data.available, pace)}
              />
              <Stat label="Held for calls under way" value={credits(data.held)} unit="credits" />
              <Stat label="Spent so far" value={credits(data.spent)} unit="credits" />
              <Stat
                label="Debt"
                value={credits(data.debt)}
                unit="credits"
                note={data.debt > 0 ? 'Paid first from the next grant' : undefined}
              />
            </Stats>
            <Spending spending={spending} organisation={scope !== undefined} />
            <Card title="Grants" about="In the order in which they are spent." flush>
              <DataTable
                caption="Grants with something left"
                columns={GRANTS}
                rows={data.grants}
                rowKey={({ id }) => id}
                empty={
                  <Empty title="Nothing is left of any grant">Buy credits, or wait for the next ones of a plan.</Empty>
                }
              />
            </Card>
            <Card title="Open holds" about="For calls that have not ended." flush>
              <DataTable
                caption="Open holds, newest first"
                columns={HOLDS}
                rows={data.holds}
                rowKey={({ id }) => id}
                empty={
                  <Empty title="Nothing is held">A price is held while its call is under way, and shows here.</Empty>
                }
              />
            </Card>
          </>
        )}
      </Loaded>
      {scope === undefined ? <History /> : null}
    </Page>
  );
}

function History() {
  const { offset = 0, as_of: asOf } = route.useSearch();
  const navigate = route.useNavigate();
  // The count stands in a header, and so does the entry from which pages are counted.
  const history = useQuery({
    queryKey: ['api', null, 'credits.getHistory', offset, asOf],
    queryFn: ({ signal }) =>
      apiIn(undefined).callWithHeaders('credits.getHistory', {
        query: { limit: ROWS, offset, ...(asOf && { as_of: asOf }) },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  return (
    <Card title="History" flush>
      <Loaded query={history} rows={8}>
        {({ data, headers }) => (
          <>
            <DataTable
              caption="Entries, newest first"
              columns={HISTORY}
              rows={data}
              rowKey={(entry) => `${entry.created_at} ${entry.balance_after}`}
              empty={<Empty title="No entries yet">Each grant and each charge becomes one.</Empty>}
            />
            <Pagination
              offset={offset}
              limit={ROWS}
              total={Number(headers.get('x-total-count') ?? data.length)}
              onOffset={(next) =>
                void navigate({
                  search: (now) => ({
                    ...now,
                    offset: next || undefined,
                    as_of: next === 0 ? undefined : (asOf ?? /as_of=(\d+)/.exec(headers.get('link') ?? '')?.[1]),
                  }),
                })
              }
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
