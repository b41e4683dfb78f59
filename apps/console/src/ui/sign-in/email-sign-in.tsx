import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, signIn } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { TextField } from '../design/field.tsx';
import { Refusal } from '../design/states.tsx';

interface EmailSignInProps {
  /** Whose sign-in it is, where that is settled. */
  readonly email?: string;
  /** Begins with the password. */
  readonly password?: boolean;
  readonly onSignedIn: () => void;
}

/** Somebody who asked for a code waits for this field. */
const focus = (field: HTMLInputElement | null): void => field?.focus();

/** Signing in with a code by e-mail, or with a password. */
export function EmailSignIn({ email: settled, password = false, onSignedIn }: EmailSignInProps) {
  const [email, setEmail] = useState(settled ?? '');
  const [way, setWay] = useState<'code' | 'password'>(password ? 'password' : 'code');
  const [secret, setSecret] = useState('');
  const send = useMutation({
    mutationFn: () => call(undefined, 'platform.requestOtp', { body: { email } }),
    onSuccess: () => setSecret(''),
  });
  const enter = useMutation({
    mutationFn: () =>
      signIn(
        way === 'code'
          ? { method: 'code', email, code: secret.trim() }
          : { method: 'password', email, password: secret },
      ),
    onSuccess: onSignedIn,
  });
  const sent = way === 'code' && send.isSuccess;
  const other = way === 'code' ? 'password' : 'code';
  return (
    <form
      className="flex flex-col gap-3.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (way === 'code' && !sent) send.mutate();
        else enter.mutate();
      }}
    >
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        readOnly={settled !== undefined || sent}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      {sent ? (
        <TextField
          label="Code"
          hint={`Six digits, mailed to ${email}. Good for ten minutes.`}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          ref={focus}
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      ) : null}
      {way === 'password' ? (
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      ) : null}
      <Refusal error={enter.error ?? send.error} />
      <Button type="submit" look="primary" busy={send.isPending || enter.isPending}>
        {way === 'code' && !sent ? 'Mail me a code' : 'Sign in'}
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button
          look="quiet"
          small
          onClick={() => {
            setWay(other);
            setSecret('');
            send.reset();
            enter.reset();
          }}
        >
          {other === 'password' ? 'Use a password' : 'Use a code by e-mail'}
        </Button>
        {sent ? (
          <Button look="quiet" small onClick={() => send.reset()}>
            Another address or code
          </Button>
        ) : null}
      </div>
    </form>
  );
}
