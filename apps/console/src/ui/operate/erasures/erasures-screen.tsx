import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { CopyId } from '../../design/copy.tsx';
import type { Column } from '../../design/data-table.tsx';
import { Segments } from '../../design/filters.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';

type Erasure = Operations['users.adminListErasures']['answers']['items'][number];

const COLUMNS: readonly Column<Erasure>[] = [
  { name: 'Receipt', cell: ({ id }) => <CopyId id={id} label="receipt" /> },
  { name: 'Asked by', cell: ({ requested_by: by }) => by },
  { name: 'Asked', cell: ({ requested_at: at }) => <Time at={at} /> },
  {
    name: 'Where it is',
    cell: ({ steps }) => (
      <span className="flex flex-wrap gap-1 max-sm:justify-end">
        {steps.map(({ target, status, attempts, last_error: error }) => (
          <span key={target} title={error ?? undefined}>
            <Badge tone={status === 'done' ? 'ok' : attempts > 1 ? 'bad' : 'plain'}>
              {target} {status === 'done' ? 'done' : `${attempts} tries`}
            </Badge>
          </span>
        ))}
      </span>
    ),
  },
  {
    name: 'Last error',
    cell: ({ steps }) => (
      <span className="text-sm">
        {steps.find((step) => step.status !== 'done' && step.last_error !== null)?.last_error ?? '—'}
      </span>
    ),
  },
  {
    name: 'Act',
    unnamed: true,
    cell: ({ id, status }) =>
      status === 'completed' ? null : (
        <Act
          id="users.adminRetryErasure"
          least="support"
          label="Try now"
          title="Try the open steps now"
          done="It is tried again."
          effect={<p>The places that have not erased yet are asked at once, instead of after the next pause.</p>}
          args={(reason) => ({ params: { id }, body: { reason } })}
        />
      ),
  },
];

/** Erasures: those that wait the longest first, or all. */
export function ErasuresScreen() {
  const { filter, offset, set } = useList();
  const all = filter('show') === 'all';
  const query = all
    ? ({ status: 'all', limit: PAGE_ROWS, offset } as const)
    : ({ status: 'running', order: 'oldest', limit: PAGE_ROWS, offset } as const);
  const erasures = useOperation('users.adminListErasures', { query }, { personal: true });
  return (
    <Page
      title="Erasures"
      about="Each place is asked until it has erased. A receipt names nobody."
      actions={
        <Segments
          label="Which"
          value={all ? 'all' : 'open'}
          options={[
            ['open', 'Open'],
            ['all', 'All'],
          ]}
          onChange={(show) => set({ show: show === 'all' ? 'all' : undefined, offset: undefined })}
        />
      }
    >
      <Card flush>
        <PagedTable
          query={erasures}
          caption="Erasures"
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={
            all ? (
              <Empty title="Nobody was erased yet">A receipt stays here of each, without a name.</Empty>
            ) : (
              <Empty title="None is open">Receipts of those that are done stand under “All”.</Empty>
            )
          }
        />
      </Card>
    </Page>
  );
}
