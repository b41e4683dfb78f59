import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, signOut } from '../../api/client.ts';
import { useAct } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { Button } from '../../design/button.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { download } from '../../design/download.ts';
import { Card } from '../../design/page.tsx';
import { Refusal } from '../../design/states.tsx';

/** Everything that is kept of a person, as a file; and the end of it. */
export function Leaving() {
  const { me } = useSignedIn();
  const [asked, setAsked] = useState(false);
  const take = useMutation({
    mutationFn: () => call(undefined, 'users.export', {}),
    onSuccess: (data) => download('my-data.json', 'application/json', JSON.stringify(data, null, 2)),
  });
  const erase = useAct('auth.deleteMe', {
    personal: true,
    quiet: true,
    onDone: () => void signOut().finally(() => globalThis.location.assign('/sign-in')),
  });
  return (
    <Card title="Your data">
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p>
            Everything that is kept of you, as one file.
            <span className="block text-sm text-muted">
              Profile, sessions, keys without their secrets, credits, requests, audit trail.
            </span>
          </p>
          <Button busy={take.isPending} onClick={() => take.mutate()}>
            Download my data
          </Button>
        </div>
        <Refusal error={take.error} />
        <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
          <p>
            Delete the account and all data.
            <span className="block text-sm text-muted">
              All access ends at once; every service erases what it holds. There is no way back.
            </span>
          </p>
          <Button look="danger" onClick={() => setAsked(true)}>
            Delete my account
          </Button>
        </div>
      </div>
      {asked ? (
        <Confirm
          open
          onClose={() => setAsked(false)}
          title="Delete your account?"
          about="Sessions and keys end now, credits are gone, and your data is erased everywhere. A receipt without your name remains."
          act="Delete everything"
          typed={me.email ?? me.id}
          busy={erase.isPending}
          error={erase.error}
          onConfirm={() => erase.mutate({})}
        />
      ) : null}
    </Card>
  );
}
