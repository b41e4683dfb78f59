import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Operations } from '@turnpike/client';
import type { Provider } from '../../../shared/session-view.ts';
import { beginLink } from '../../api/client.ts';
import { useAct, useOperation, withRecentSignIn } from '../../api/queries.ts';
import { useSignedIn } from '../../api/session.ts';
import { queryClient } from '../../app/query-client.ts';
import { Button } from '../../design/button.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { Card } from '../../design/page.tsx';
import { Loaded, Refusal } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { toast } from '../../design/toast.ts';
import { isProvider, PROVIDER_NAMES, wayName } from '../../sign-in/provider-names.ts';
import { linkRefusal } from './link-words.ts';

type Way = Operations['auth.getMe']['answers']['identities'][number];

const route = getRouteApi('/portal/account');

/** The ways to sign in that belong to the account: one more of those that are configured, and one less. */
export function WaysIn() {
  const { shared, providers, me: person } = useSignedIn();
  const me = useOperation('auth.getMe', {}, { personal: true });
  const refusal = useLinkOutcome();
  const [leaving, setLeaving] = useState<Provider | undefined>();
  return (
    <Card title="Ways to sign in" about="Each of them opens this account." flush>
      {refusal === undefined ? null : (
        <p role="alert" className="mx-5 mb-4 rounded-lg bg-bad-soft px-3 py-2 text-bad">
          {refusal}
        </p>
      )}
      <Loaded query={me} rows={2}>
        {({ identities }) => (
          <>
            <ul>
              {identities.map((way) => (
                <WayIn key={way.provider} way={way} onRemove={shared ? undefined : setLeaving} />
              ))}
              {person.has_password ? (
                <li className="flex min-h-13 items-center border-t border-line px-5 py-2 font-medium">
                  {wayName('password')}
                </li>
              ) : null}
            </ul>
            {shared ? null : (
              <Adding
                providers={providers.filter((name) => !identities.some(({ provider }) => provider === name))}
                single={identities.length === 1 && !person.has_password}
              />
            )}
          </>
        )}
      </Loaded>
      {leaving === undefined ? null : <Removal provider={leaving} onEnd={() => setLeaving(undefined)} />}
    </Card>
  );
}

interface WayInProps {
  readonly way: Way;
  readonly onRemove: ((provider: Provider) => void) | undefined;
}

function WayIn({ way: { provider, linked_at: at, removable }, onRemove }: WayInProps) {
  return (
    <li className="flex min-h-13 flex-wrap items-center gap-x-3 border-t border-line px-5 py-2">
      <span className="font-medium">{wayName(provider)}</span>
      <span className="flex-1 text-sm text-muted">
        since <Time at={at} />
      </span>
      {removable && onRemove !== undefined && isProvider(provider) ? (
        <Button small look="risky" aria-label={`Remove ${wayName(provider)}`} onClick={() => onRemove(provider)}>
          Remove
        </Button>
      ) : null}
    </li>
  );
}

interface AddingProps {
  /** Those that are configured, and not of the account. */
  readonly providers: readonly Provider[];
  /** There is only one way in so far. */
  readonly single: boolean;
}

/** Leaves for a provider, which then signs in to this account too. */
function Adding({ providers, single }: AddingProps) {
  const add = useMutation({
    mutationFn: (provider: Provider) =>
      withRecentSignIn(() => beginLink(provider, globalThis.location.pathname + globalThis.location.search)),
    onSuccess: ({ url }) => globalThis.location.assign(url),
  });
  if (providers.length === 0) return null;
  return (
    <div className="flex flex-col gap-3 border-t border-line px-5 py-4">
      {single ? (
        <p className="text-sm text-muted">
          This is the only one, so it stays. With another you still get in without it.
        </p>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {providers.map((provider) => (
          <Button
            key={provider}
            // The browser leaves with the answer, so the button waits on.
            busy={(add.isPending || add.isSuccess) && add.variables === provider}
            disabled={add.isPending || add.isSuccess}
            onClick={() => add.mutate(provider)}
          >
            Add {PROVIDER_NAMES[provider]}
          </Button>
        ))}
      </div>
      <Refusal error={add.error} />
    </div>
  );
}

function Removal({ provider, onEnd }: { readonly provider: Provider; readonly onEnd: () => void }) {
  const name = PROVIDER_NAMES[provider];
  const unlink = useAct('auth.unlinkIdentity', {
    personal: true,
    quiet: true,
    done: `${name} no longer signs in to this account.`,
    onDone: () => {
      onEnd();
      // The navigation may have shown its address.
      void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  });
  return (
    <Confirm
      open
      onClose={onEnd}
      title={`Remove ${name}?`}
      about="It signs in to this account no longer. Whoever signs in with it later gets an account of their own."
      act={`Remove ${name}`}
      busy={unlink.isPending}
      error={unlink.error}
      onConfirm={() => unlink.mutate({ params: { provider } })}
    />
  );
}

/** How the way to a provider ended, which the address says once: a success is said, a refusal is returned. */
function useLinkOutcome(): string | undefined {
  const { link, provider } = route.useSearch();
  const navigate = route.useNavigate();
  const [refusal] = useState(() => (link === undefined ? undefined : linkRefusal(link, provider)));
  useEffect(() => {
    if (link === undefined) return;
    if (link === 'linked')
      toast(`${provider === undefined ? 'It' : PROVIDER_NAMES[provider]} signs in to this account now.`);
    void navigate({ search: ({ org, env }) => ({ ...(org && { org }), ...(env && { env }) }), replace: true });
  }, [link, provider, navigate]);
  return refusal;
}
