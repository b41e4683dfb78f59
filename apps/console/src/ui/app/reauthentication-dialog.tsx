import { lazy, Suspense, useEffect, useState } from 'react';
import { setReauthentication } from './reauthentication.ts';

const ReauthenticationForm = lazy(() =>
  import('../sign-in/reauthentication-form.tsx').then((module) => ({ default: module.ReauthenticationForm })),
);

/** Asks for a sign-in when an act wants a recent one. */
export function Reauthentication() {
  const [answer, setAnswer] = useState<((signedIn: boolean) => void) | undefined>();
  useEffect(() => {
    setReauthentication(() => new Promise((resolve) => setAnswer(() => resolve)));
    return () => setReauthentication(undefined);
  }, []);
  if (answer === undefined) return null;
  const end = (signedIn: boolean): void => {
    setAnswer(undefined);
    answer(signedIn);
  };
  return (
    <Suspense>
      <ReauthenticationForm onEnd={end} />
    </Suspense>
  );
}
