import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { wayName } from '../../sign-in/provider-names.ts';

type Session = Operations['auth.listSessions']['answers']['items'][number];

/** Where the account is signed in; each can be ended. */
export function Sessions() {
  const { shared } = useSignedIn();
  const sessions = useOperation('auth.listSessions', { query: { limit: 100 } }, { personal: true });
  const columns: readonly Column<Session>[] = [
    {
      name: 'Where',
      cell: ({ device, user_agent: agent, address, current }) => (
        <div className="min-w-0 max-w-[26rem]">
          <span className="font-medium">{device ?? 'Unknown device'}</span>{' '}
          {current ? <Badge tone="accent">this one</Badge> : null}
          <span className="block truncate text-sm text-muted" title={agent ?? undefined}>
            {address ?? 'no address kept'}
          </span>
        </div>
      ),
    },
    { name: 'By', cell: ({ method }) => wayName(method) },
    { name: 'Signed in', sortBy: ({ created_at: at }) => at, cell: ({ created_at: at }) => <Time at={at} /> },
    { name: 'Last used', sortBy: ({ last_used_at: at }) => at, cell: ({ last_used_at: at }) => <Time at={at} /> },
    {
      name: 'Acts',
      unnamed: true,
      cell: (session) => (session.current || shared ? null : <EndSession session={session} />),
    },
  ];
  return (
    <Card title="Sessions" about="Each ends everywhere within a second." flush>
      <Loaded query={sessions}>
        {({ items }) => (
          <DataTable
            caption="Live sessions, newest first"
            columns={columns}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty title="No sessions" />}
          />
        )}
      </Loaded>
    </Card>
  );
}

function EndSession({ session: { id, device } }: { readonly session: Session }) {
  const end = useAct('auth.deleteSession', { personal: true, done: 'The session has ended.' });
  return (
    <div className="flex justify-end">
      <Button
        small
        look="risky"
        busy={end.isPending}
        onClick={() => end.mutate({ params: { id } })}
        aria-label={`End the session on ${device ?? 'an unknown device'}`}
      >
        End
      </Button>
    </div>
  );
}
