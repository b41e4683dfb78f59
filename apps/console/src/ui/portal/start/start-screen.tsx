import { Link } from '@tanstack/react-router';
import { CircleCheck, Circle } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { useSignedIn } from '../../api/session.ts';
import { buttonClass } from '../../design/button.tsx';
import { Code } from '../../design/copy.tsx';
import { Segments } from '../../design/filters.tsx';
import { count, credits, duration } from '../../design/format.ts';
import { Card, Page, Stat, Stats } from '../../design/page.tsx';
import { Time } from '../../design/time.tsx';
import { inASentence, windowName } from '../limits/window-names.ts';
import { useManages } from '../members/use-manages.ts';
import { firstCalls, type FirstCall } from './first-call.ts';
import { useHasKey } from './use-has-key.ts';

/** How often it is asked whether the first request was seen, in milliseconds. */
const LOOK_EVERY_MS = 3_000;
/** The newest requests, among which one with a key is looked for. */
const LOOK_AT = 50;

/** Where one begins: what there is, and the three steps to a first request, the last of which turns green when it is seen. */
export function StartScreen() {
  const scope = useScope();
  const acts = useManages();
  const hasKey = useHasKey();
  const [seen, setSeen] = useState(false);
  const requests = useOperation(
    'usage.listRequests',
    { query: { limit: LOOK_AT } },
    { everyMs: seen ? false : LOOK_EVERY_MS },
  );
  // What a session asked for, elsewhere than here, is no programme's first call.
  const first = requests.data?.items.find(({ key_id: keyId }) => keyId !== null);
  if (first !== undefined && !seen) setSeen(true);
  return (
    <Page
      title="Start"
      about={
        first === undefined
          ? 'Three steps to a first request. This page notices when it arrives.'
          : 'What happened in the last day, and what is left.'
      }
    >
      <Numbers />
      <Card title="Your first request">
        <ol className="flex flex-col gap-6">
          <Step done={hasKey === true} name="Make an API key">
            <p className="text-muted">A programme proves by it who is calling. It is shown once, when it is made.</p>
            {acts ? (
              <Link
                to="/keys"
                search={(now) => ({ ...now, make: 'yes' })}
                className={buttonClass(hasKey === true ? 'secondary' : 'primary', true)}
              >
                {hasKey === true ? 'Make another key' : 'Make a key'}
              </Link>
            ) : (
              <p className="text-muted">
                {scope === undefined
                  ? 'Not with the demo account: sign in with an address of your own.'
                  : 'Admins and owners of this organisation make keys: ask one of them for yours.'}
              </p>
            )}
          </Step>
          <Step done={first !== undefined} name="Call the gateway with it">
            <CallInSomeLanguage path={scope === undefined ? '/api/v1/credits/balance' : '/platform/api/service/info'} />
          </Step>
          <Step
            done={first !== undefined}
            name={first === undefined ? 'Waiting for the first request …' : 'The request was seen'}
          >
            {first === undefined ? (
              <p className="text-muted">It shows here within a few seconds. Looking at this console is not counted.</p>
            ) : (
              <p>
                <Link
                  to="/requests/$id"
                  params={{ id: first.id }}
                  search={(now) => now}
                  className="font-medium text-accent underline"
                >
                  {first.method} {first.route ?? 'an unknown route'}
                </Link>{' '}
                answered {first.status} in {duration(first.duration_ms)}, <Time at={first.created_at} />.
              </p>
            )}
          </Step>
        </ol>
      </Card>
    </Page>
  );
}

function Numbers() {
  const scope = useScope();
  const account = useOperation('credits.getAccount', {});
  const usage = useOperation('usage.get', { query: {} });
  const limits = useOperation('usage.getLimits', {});
  const binding = limits.data?.windows.find(({ binding: binds }) => binds);
  const totals = usage.data?.totals;
  return (
    <Stats>
      <Stat
        label={scope === undefined ? 'Credits to spend' : 'Credits of the organisation'}
        value={account.data === undefined ? '…' : credits(account.data.available)}
        note={account.data === undefined ? '\u00a0' : `${credits(account.data.held)} held for calls under way`}
      />
      <Stat
        label="Requests, last 24 hours"
        value={totals === undefined ? '…' : count(totals.requests)}
        note={totals === undefined ? '\u00a0' : `${count(totals.errors)} answered with an error`}
      />
      <Stat label="Spent, last 24 hours" value={totals === undefined ? '…' : credits(totals.cost)} unit="credits" />
      <Stat
        label="Requests left"
        value={binding === undefined ? '…' : count(binding.remaining)}
        note={binding === undefined ? '\u00a0' : `of ${count(binding.limit)} ${inASentence(windowName(binding.name))}`}
      />
    </Stats>
  );
}

function Step({
  done,
  name,
  children,
}: {
  readonly done: boolean;
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <li className="flex gap-3">
      {done ? (
        <CircleCheck size={22} aria-label="Done" className="mt-0.5 flex-none text-ok" />
      ) : (
        <Circle size={22} aria-label="To do" className="mt-0.5 flex-none text-muted" />
      )}
      <div className="flex min-w-0 flex-1 flex-col items-start gap-2.5">
        <h3 className="font-medium">{name}</h3>
        {children}
      </div>
    </li>
  );
}

function CallInSomeLanguage({ path }: { readonly path: string }) {
  const { gateway_url: gatewayUrl } = useSignedIn();
  const [language, setLanguage] = useState<FirstCall['id']>('curl');
  const calls = firstCalls(gatewayUrl, path);
  const chosen = calls.find(({ id }) => id === language);
  return (
    <div className="flex w-full flex-col items-start gap-2.5">
      <Segments
        label="Language"
        value={language}
        options={calls.map(({ id, name }) => [id, name] as const)}
        onChange={setLanguage}
      />
      <div className="w-full">
        <Code text={chosen?.text ?? ''} label={chosen?.name ?? ''} />
      </div>
    </div>
  );
}
