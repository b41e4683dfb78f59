import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Invite = Operations['platform.listInvites']['answers']['items'][number];

const COLUMNS: readonly Column<Invite>[] = [
  { name: 'Address', sortBy: ({ email }) => email, cell: ({ email }) => email },
  { name: 'Role', cell: ({ role }) => <Badge>{role}</Badge> },
  { name: 'Expires', cell: ({ expires_at: at }) => <Time at={at} /> },
  { name: 'Acts', unnamed: true, cell: (invite) => <InviteActs invite={invite} /> },
];

/** Invitations that nobody has answered yet. */
export function Invites() {
  const invites = useOperation('platform.listInvites', { query: { status: 'pending' } });
  return (
    <Card title="Open invitations" flush>
      <Loaded query={invites} rows={2}>
        {({ items }) => (
          <DataTable
            caption="Open invitations, newest first"
            columns={COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty title="Nobody is invited">Invite somebody, and they are listed here until they answer.</Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}

function InviteActs({ invite: { id, email } }: { readonly invite: Invite }) {
  const again = useAct('platform.resendInvite', { done: 'A new link is on its way; the old one is dead.' });
  const revoke = useAct('platform.deleteInvite', { done: 'The invitation is revoked.' });
  return (
    <div className="flex flex-wrap justify-end gap-1.5">
      <Button
        small
        busy={again.isPending}
        onClick={() => again.mutate({ params: { id } })}
        aria-label={`Send again to ${email}`}
      >
        Send again
      </Button>
      <Button
        small
        look="risky"
        busy={revoke.isPending}
        onClick={() => revoke.mutate({ params: { id } })}
        aria-label={`Revoke the invitation of ${email}`}
      >
        Revoke
      </Button>
    </div>
  );
}
