import type { SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { queryClient } from '../../app/query-client.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Card, Facts } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

/** Who one is. */
export function Profile() {
  const { shared } = useSignedIn();
  const me = useOperation('auth.getMe', {}, { personal: true });
  const rename = useAct('auth.updateMe', {
    personal: true,
    quiet: true,
    done: 'The name is changed.',
    // The navigation shows it too.
    onDone: () => void queryClient.invalidateQueries({ queryKey: ['session'] }),
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
                    {data.email === null || data.email_verified ? null : (
                      <span className="block text-sm text-muted">
                        Signing in with a code that is mailed there proves it.
                      </span>
                    )}
                  </span>,
                ],
                ['Tier', data.tier],
                ['Since', <Time key="since" at={data.created_at} />],
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
    </Card>
  );
}
