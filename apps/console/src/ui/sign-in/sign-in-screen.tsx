import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { signIn } from '../api/client.ts';
import { sessionQuery } from '../api/session.ts';
import { tellOtherTabs } from '../app/session-channel.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { Refusal } from '../design/states.tsx';
import { EmailSignIn } from './email-sign-in.tsx';
import { PROVIDER_NAMES } from './provider-names.ts';

const route = getRouteApi('/sign-in');

/** The way in. A link with a ticket signs in by itself; the ticket stands behind `#`, so that no server's log has it. */
export function SignInScreen() {
  const { next = '/', failed, ended } = route.useSearch();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const queries = useQueryClient();
  const arrive = (): void => {
    queries.clear();
    tellOtherTabs();
    globalThis.location.assign(next);
  };
  const ticket = useMutation({
    mutationFn: (text: string) => signIn({ method: 'ticket', ticket: text }),
    onSuccess: arrive,
  });
  const demo = useMutation({ mutationFn: () => signIn({ method: 'demo' }), onSuccess: arrive });
  useTicket(ticket.mutate);
  useEffect(() => {
    document.title = 'Sign in · Turnpike';
  }, []);
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <div className="text-center">
          <h1 className="text-2xl font-semibold tracking-tight">Sign in to Turnpike</h1>
          <p className="mt-1 text-muted">Keys, usage, credits and limits of your account.</p>
        </div>
        {ended === undefined ? null : (
          <p className="rounded-lg bg-warn-soft px-3 py-2 text-warn">
            The session has ended. Sign in, and you are back where you were.
          </p>
        )}
        {failed === undefined ? null : (
          <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-bad">
            The sign-in did not come back as it left. Try it once more.
          </p>
        )}
        <Refusal error={ticket.error ?? demo.error} />
        <div className="flex flex-col gap-5 rounded-2xl border border-line bg-surface p-6">
          <EmailSignIn onSignedIn={arrive} />
          {session.providers.length === 0 && !session.demo ? null : (
            <div className="flex flex-col gap-2 border-t border-line pt-5">
              {session.providers.map((provider) => (
                <a
                  key={provider}
                  className={buttonClass('secondary')}
                  href={`/sign-in/with/${provider}?next=${encodeURIComponent(next)}`}
                >
                  Sign in with {PROVIDER_NAMES[provider]}
                </a>
              ))}
              {session.demo ? (
                <Button busy={demo.isPending} onClick={() => demo.mutate()}>
                  Look around with the demo account
                </Button>
              ) : null}
            </div>
          )}
        </div>
        <p className="text-center text-sm text-muted">A first sign-in by e-mail makes the account.</p>
      </div>
    </main>
  );
}

/** Uses the ticket of the address up, and takes it out of the address and the history. */
function useTicket(use: (ticket: string) => void): void {
  const used = useRef(false);
  useEffect(() => {
    const ticket = new URLSearchParams(globalThis.location.hash.slice(1)).get('ticket');
    if (ticket === null || used.current) return;
    used.current = true;
    globalThis.history.replaceState(null, '', globalThis.location.pathname + globalThis.location.search);
    use(ticket);
  }, [use]);
}
