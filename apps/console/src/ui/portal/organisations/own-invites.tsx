import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/page.tsx';
import { Time } from '../../design/time.tsx';

type Invite = Operations['platform.listOwnInvites']['answers']['items'][number];

/** Invitations that wait for an answer; nothing where there are none. */
export function OwnInvites() {
  const { data } = useOperation('platform.listOwnInvites', {}, { personal: true });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Card title="You are invited">
      <ul className="flex flex-col gap-4">
        {data.items.map((invite) => (
          <li key={invite.id} className="flex flex-wrap items-center justify-between gap-3">
            <Invitation invite={invite} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Invitation({
  invite: { id, tenant, role, inviter_name: inviter, expires_at: expiresAt },
}: {
  readonly invite: Invite;
}) {
  const accept = useAct('platform.acceptInvite', { personal: true, done: `You are ${role} of ${tenant.name}.` });
  const decline = useAct('platform.declineInvite', { personal: true, done: 'The invitation is declined.' });
  return (
    <>
      <p>
        <span className="font-medium">{tenant.name}</span> as {role}
        <span className="block text-sm text-muted">
          {inviter === null ? '' : `from ${inviter}, `}good until <Time at={expiresAt} />
        </span>
      </p>
      <div className="flex gap-2">
        <Button small busy={decline.isPending} onClick={() => decline.mutate({ body: { invite_id: id } })}>
          Decline
        </Button>
        <Button small look="primary" busy={accept.isPending} onClick={() => accept.mutate({ body: { invite_id: id } })}>
          Accept
        </Button>
      </div>
    </>
  );
}
