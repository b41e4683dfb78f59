import { signOut } from '../api/client.ts';
import { Button } from '../design/button.tsx';

/** Somebody is signed in who is no operator, where nothing else is served. */
export function NotAnOperator() {
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      <div className="flex max-w-md flex-col items-center gap-3">
        <h1 className="text-2xl font-semibold">This is for operators</h1>
        <p className="text-muted">
          An operator is made at the command line, by somebody who runs the installation. Sign in as one, or ask them.
        </p>
        <Button onClick={() => void signOut().finally(() => globalThis.location.assign('/sign-in'))}>Sign out</Button>
      </div>
    </main>
  );
}
