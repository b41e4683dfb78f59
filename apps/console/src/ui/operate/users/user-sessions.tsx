import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { Act } from '../parts/act.tsx';

type Session = Operations['platform.adminListSessions']['answers']['items'][number];

const COLUMNS = (userId: string): readonly Column<Session>[] => [
  {
    name: 'Device',
    cell: ({ device, user_agent: agent }) => <span title={agent ?? undefined}>{device ?? 'unknown'}</span>,
  },
  { name: 'Signed in by', cell: ({ method }) => method },
  { name: 'Address', cell: ({ address }) => address ?? '—' },
  { name: 'Since', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'Last used', cell: ({ last_used_at: at }) => <Time at={at} /> },
  {
    name: 'Act',
    unnamed: true,
    cell: ({ id }) => (
      <Act
        id="platform.adminEndSession"
        least="support"
        label="End"
        title="End this session"
        look="danger"
        done="The session has ended."
        effect={
          <p>
            Its tokens are refused at every edge within a second, and its open streams end. Other sessions and API keys
            go on.
          </p>
        }
        args={(reason) => ({ params: { id: userId, session_id: id }, body: { reason } })}
      />
    ),
  },
];

/** Where a user is signed in. */
export function UserSessions({ userId }: { readonly userId: string }) {
  const sessions = useOperation('platform.adminListSessions', { params: { id: userId } }, { personal: true });
  return (
    <Card title="Sessions" flush>
      <Loaded query={sessions} rows={2}>
        {({ items }) => (
          <DataTable
            caption="Live sessions, newest first"
            columns={COLUMNS(userId)}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty title="Signed in nowhere">A session begins with a sign-in, and stands here until it ends.</Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}
