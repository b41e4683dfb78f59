import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useAct } from '../../api/queries.ts';
import { Button } from '../../design/button.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Refusal } from '../../design/states.tsx';
import { OwnInvites } from './own-invites.tsx';

/** What an invitation's mail leads to. Its token stands behind the `#`, which no server and no log sees. */
export function InvitedScreen() {
  const [token] = useState(() => new URLSearchParams(globalThis.location.hash.slice(1)).get('token'));
  return (
    <Page title="Invitation" about="To share an organisation's credits, keys and limits with its people.">
      {token === null ? <WithoutToken /> : <Answer token={token} />}
    </Page>
  );
}

function Answer({ token }: { readonly token: string }) {
  const navigate = useNavigate();
  const accept = useAct('platform.acceptInvite', {
    personal: true,
    quiet: true,
    done: 'You are a member now.',
    onDone: ({ slug }) => void navigate({ to: '/members', search: { org: slug, env: undefined } }),
  });
  const decline = useAct('platform.declineInvite', {
    personal: true,
    quiet: true,
    done: 'The invitation is declined.',
    onDone: () => void navigate({ to: '/organisations', search: {} }),
  });
  return (
    <Card title="Somebody invited you">
      <p>Accept to become a member with the account that you are signed in with.</p>
      <Refusal error={accept.error ?? decline.error} />
      <div className="flex gap-2">
        <Button busy={decline.isPending} onClick={() => decline.mutate({ body: { token } })}>
          Decline
        </Button>
        <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate({ body: { token } })}>
          Accept
        </Button>
      </div>
    </Card>
  );
}

function WithoutToken() {
  return (
    <>
      <OwnInvites />
      <Card>
        <Empty title="This address names no invitation">
          Open the link of the mail again, or look at{' '}
          <Link to="/organisations" search={{}} className="text-accent underline">
            your organisations
          </Link>
          , where invitations to your address wait.
        </Empty>
      </Card>
    </>
  );
}
