import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import type { Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';

type QueueName = Operations['platform.adminListFailedJobs']['takes']['params']['queue'];
type Job = Operations['platform.adminListFailedJobs']['answers']['items'][number];

function columnsOf(queue: QueueName): readonly Column<Job>[] {
  return [
    { name: 'Job', cell: ({ name }) => <span className="font-medium">{name}</span> },
    { name: 'Why', cell: ({ reason }) => <span className="text-sm">{reason}</span> },
    { name: 'Tries', numeric: true, cell: ({ attempts }) => attempts },
    { name: 'Failed', cell: ({ failed_at: at }) => <Time at={at} /> },
    {
      name: 'About',
      cell: ({ payload }) => <code className="font-mono text-[0.8rem] wrap-anywhere">{JSON.stringify(payload)}</code>,
    },
    {
      name: 'Act',
      unnamed: true,
      cell: ({ id }) => (
        <span className="flex flex-wrap justify-end gap-2">
          {queue === 'mail' ? null : (
            <Act
              id="platform.adminRetryJob"
              least="support"
              label="Try again"
              title="Try the job again"
              done="The job waits to be tried."
              effect={<p>It goes back to the queue. Jobs may be repeated: what was done already is not done twice.</p>}
              args={(reason) => ({ params: { queue, job_id: id }, body: { reason } })}
            />
          )}
          <Act
            id="platform.adminDiscardJob"
            least="support"
            label="Discard"
            title="Discard the job"
            look="danger"
            done="The job is discarded."
            effect={
              <p>
                {queue === 'mail'
                  ? 'The line goes. Whoever wants the mail asks for another.'
                  : 'For good: what it tells is not done.'}
              </p>
            }
            args={(reason) => ({ params: { queue, job_id: id }, body: { reason } })}
          />
        </span>
      ),
    },
  ];
}

/** Jobs of a queue that failed to the end. */
export function FailedJobs({ queue }: { readonly queue: QueueName }) {
  const { offset } = useList();
  const jobs = useOperation(
    'platform.adminListFailedJobs',
    { params: { queue }, query: { limit: PAGE_ROWS, offset } },
    { personal: true },
  );
  return (
    <Card title={`Failed in ${queue}`} about="Texts that may be somebody’s are shown as …" flush>
      <PagedTable
        query={jobs}
        caption={`Failed jobs of ${queue}, newest first`}
        columns={columnsOf(queue)}
        rowKey={({ id }) => id}
        empty={
          <Empty title="Nothing failed">
            A job that fails to its last attempt waits here, to be tried again or discarded.
          </Empty>
        }
      />
    </Card>
  );
}
