import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useList } from '../parts/list.tsx';
import { FailedJobs } from './failed-jobs.tsx';

type Queue = Operations['platform.adminListQueues']['answers']['items'][number];

/** How often the queues are looked at, in milliseconds. */
const EVERY_MS = 5_000;

/** Every queue with its depth and age, and the failed jobs of one. */
export function QueuesScreen() {
  const { filter, set } = useList();
  const queues = useOperation('platform.adminListQueues', {}, { personal: true, everyMs: EVERY_MS });
  const chosen =
    queues.data?.items.find(({ name }) => name === filter('queue')) ??
    queues.data?.items.find(({ failed }) => failed > 0);
  const columns: readonly Column<Queue>[] = [
    { name: 'Queue', cell: ({ name }) => <span className="font-medium">{name}</span>, sortBy: ({ name }) => name },
    { name: 'Worked on by', cell: ({ service }) => service },
    { name: 'Waiting', numeric: true, cell: ({ waiting }) => waiting, sortBy: ({ waiting }) => waiting },
    { name: 'Running', numeric: true, cell: ({ active }) => active },
    { name: 'Delayed', numeric: true, cell: ({ delayed }) => delayed },
    { name: 'Oldest', cell: ({ oldest_waiting_at: at }) => <Time at={at} none="—" /> },
    {
      name: 'Failed',
      numeric: true,
      cell: ({ failed }) => <Badge tone={failed === 0 ? 'plain' : 'bad'}>{failed}</Badge>,
      sortBy: ({ failed }) => failed,
    },
    {
      name: 'Act',
      unnamed: true,
      cell: ({ name, failed }) =>
        failed === 0 ? null : (
          <Button small aria-pressed={name === chosen?.name} onClick={() => set({ queue: name, offset: undefined })}>
            Show failed
          </Button>
        ),
    },
  ];
  return (
    <Page title="Jobs and mail" about="What waits, and what failed to the end. Looked at every five seconds.">
      <Card title="Queues" flush>
        <Loaded query={queues}>
          {({ items }) => (
            <DataTable
              caption="Queues"
              columns={columns}
              rows={items}
              rowKey={({ name }) => name}
              empty={<Empty title="No queues" />}
            />
          )}
        </Loaded>
      </Card>
      {chosen === undefined ? null : <FailedJobs queue={chosen.name} />}
    </Page>
  );
}
