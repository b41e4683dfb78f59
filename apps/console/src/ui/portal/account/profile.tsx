import { useState, type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Card, Facts } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

/** Who one is, and the ways in that belong to the account. */
export function Profile() {
  const { shared } = useSignedIn();
  const me = useOperation('auth.getMe', {}, { personal: true });
  const rename = useAct('auth.updateMe', { personal: true, done: 'The name is changed.', quiet: true });
  const [leaving, setLeaving] = useState<Linked | undefined>();
  const unlink = useAct('auth.unlinkIdentity', {
    personal: true,
    quiet: true,
    done: 'It no longer signs in to this account.',
    onDone: () => setLeaving(undefined),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    rename.mutate({ body: { display_name: textsOf(event.currentTarget)['name'] ?? '' } });
  };
  return (
    <Card title="Profile">
      <Loaded query={me}>
        {(data) => (
          <div className="grid gap-6 lg:grid-cols-2">
            <Facts
              facts={[
                ['Id', <CopyId key="id" id={data.id} label="user id" />],
                [
                  'E-mail',
                  <span key="email">
                    {data.email ?? '—'}{' '}
                    {data.email === null ? null : (
                      <Badge tone={data.email_verified ? 'ok' : 'warn'}>
                        {data.email_verified ? 'proven' : 'not proven'}
                      </Badge>
                    )}
                  </span>,
                ],
                ['Tier', data.tier],
                ['Since', <Time key="since" at={data.created_at} />],
                [
                  'Ways in',
                  <ul key="ways" className="flex flex-col gap-1.5">
                    {data.identities.map(({ provider, linked_at: at }) => (
                      <li key={provider} className="flex flex-wrap items-center gap-2">
                        {provider}{' '}
                        <span className="text-sm text-muted">
                          since <Time at={at} />
                        </span>
                        {data.identities.length > 1 && !shared && isProvider(provider) ? (
                          <Button
                            small
                            look="risky"
                            aria-label={`Take ${provider} away`}
                            onClick={() => setLeaving(provider)}
                          >
                            Take away
                          </Button>
                        ) : null}
                      </li>
                    ))}
                    {shared ? null : (
                      <li className="text-sm text-muted">
                        Sign in with another provider under the same proven address, and it is added here.
                      </li>
                    )}
                  </ul>,
                ],
              ]}
            />
            {shared ? null : (
              <form className="flex flex-col items-start gap-3" onSubmit={submit}>
                <TextField
                  className="w-full"
                  label="Name"
                  name="name"
                  defaultValue={data.display_name ?? ''}
                  required
                  maxLength={120}
                  error={problemOf(rename.error).fields['display_name']}
                />
                <Button type="submit" busy={rename.isPending}>
                  Save the name
                </Button>
              </form>
            )}
          </div>
        )}
      </Loaded>
      {leaving === undefined ? null : (
        <Confirm
          open
          onClose={() => setLeaving(undefined)}
          title={`Take ${leaving} away?`}
          about="It signs in to this account no longer. Whoever signs in with it later gets an account of their own."
          act="Take it away"
          busy={unlink.isPending}
          error={unlink.error}
          onConfirm={() => unlink.mutate({ params: { provider: leaving } })}
        />
      )}
    </Card>
  );
}

type Linked = 'apple' | 'google' | 'github';

function isProvider(provider: string): provider is Linked {
  return ['apple', 'google', 'github'].includes(provider);
}
