import { useState, type SubmitEvent } from 'react';
import { problemOf } from '../../api/problem.ts';
import { useAct } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { queryClient } from '../../app/query-client.ts';
import { Button } from '../../design/button.tsx';
import { TextField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Card } from '../../design/page.tsx';
import { Refusal } from '../../design/states.tsx';

/** Changes the password, or sets the first one. */
export function Password() {
  const { me } = useSignedIn();
  const [round, setRound] = useState(0);
  const change = useAct('platform.changePassword', {
    personal: true,
    quiet: true,
    done: 'The password is changed. All other sessions have ended.',
    onDone: () => {
      setRound(round + 1);
      void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  });
  const { fields } = problemOf(change.error);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { current, chosen = '' } = textsOf(event.currentTarget);
    change.mutate({ body: { new_password: chosen, ...(current !== undefined && { current_password: current }) } });
  };
  return (
    <Card
      title="Password"
      about={
        me.has_password
          ? 'A new one ends all other sessions; API keys live on.'
          : 'There is none yet: you sign in by e-mail or a provider.'
      }
    >
      <form key={round} className="flex flex-wrap items-end gap-4" onSubmit={submit}>
        {me.has_password ? (
          <TextField
            className="min-w-52 flex-1"
            label="Present password"
            name="current"
            type="password"
            autoComplete="current-password"
            required
            error={fields['current_password']}
          />
        ) : null}
        <TextField
          className="min-w-52 flex-1"
          label="New password"
          name="chosen"
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          error={fields['new_password']}
        />
        <Button type="submit" busy={change.isPending}>
          {me.has_password ? 'Change' : 'Set a password'}
        </Button>
      </form>
      <div className="pt-3">
        <Refusal error={change.error} />
      </div>
    </Card>
  );
}
