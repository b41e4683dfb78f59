import { getRouteApi, Link } from '@tanstack/react-router';
import { CircleCheck, CircleMinus, CircleX } from 'lucide-react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge, statusTone } from '../../design/badge.tsx';
import { CopyId } from '../../design/copy.tsx';
import { bytes, credits, duration } from '../../design/format.ts';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Explained = Operations['usage.explainRequest']['answers'];
type Step = Explained['explain'][number];

const route = getRouteApi('/portal/requests/$id');

const NAMES: Readonly<Record<Step['link'], string>> = {
  caller: 'Who called',
  route: 'Where it went',
  limit: 'Rate limit',
  price: 'Price',
  hold: 'Credits held',
  upstream: 'Backend',
  settle: 'Credits charged',
};

/** One request: its facts, and the decisions on its way in the order in which they were made. */
export function RequestScreen() {
  const { id } = route.useParams();
  const request = useOperation('usage.explainRequest', { params: { id } });
  return (
    <Page
      title="Why it ended so"
      about="The decisions on the way of one request, in the order in which they were made."
    >
      <Link to="/requests" search={({ org, env }) => ({ org, env })} className="-mt-3 text-accent hover:underline">
        All requests
      </Link>
      <Loaded query={request} rows={8}>
        {(data) => (
          <div className="grid items-start gap-6 lg:grid-cols-[1.4fr_1fr]">
            <Card
              title={`${data.method} ${data.route ?? '(no route)'}`}
              actions={<Badge tone={statusTone(data.status)}>{data.status}</Badge>}
            >
              <ol className="flex flex-col gap-4">
                {data.explain.map((step) => (
                  <Decision key={step.link} step={step} />
                ))}
              </ol>
            </Card>
            <Card title="Facts">
              <Facts facts={factsOf(data)} />
            </Card>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Decision({ step: { link, outcome, detail } }: { readonly step: Step }) {
  return (
    <li className="flex gap-3">
      {outcome === 'passed' ? (
        <CircleCheck size={20} aria-label="Passed" className="mt-0.5 flex-none text-ok" />
      ) : outcome === 'refused' ? (
        <CircleX size={20} aria-label="Refused" className="mt-0.5 flex-none text-bad" />
      ) : (
        <CircleMinus size={20} aria-label="Not reached" className="mt-0.5 flex-none text-muted" />
      )}
      <div className="min-w-0">
        <h3 className="font-medium">{NAMES[link]}</h3>
        <p className={outcome === 'refused' ? 'text-bad' : 'text-muted'}>{detail}</p>
      </div>
    </li>
  );
}

function factsOf(data: Explained) {
  return [
    ['When', <Time key="when" at={data.created_at} />],
    ['Request id', <CopyId key="id" id={data.request_id} label="request id" />],
    ...(data.path === null
      ? []
      : ([
          [
            'Path',
            <code key="path" className="font-mono text-sm">
              {data.path}
            </code>,
          ],
        ] as const)),
    [
      'Key',
      data.key_id === null ? (
        'a session'
      ) : data.key_prefix === null ? (
        <CopyId key="key" id={data.key_id} label="key id" />
      ) : (
        <code key="key" className="font-mono text-sm" title={data.key_id}>
          {data.key_prefix}…
        </code>
      ),
    ],
    ['Took', duration(data.duration_ms)],
    ['First byte after', data.first_byte_ms === null ? '—' : duration(data.first_byte_ms)],
    ['Backend took', data.upstream_ms === null ? '—' : duration(data.upstream_ms)],
    ['Sent', bytes(data.request_bytes)],
    ['Received', bytes(data.response_bytes)],
    ['Held', data.held === null ? '—' : `${credits(data.held)} credits`],
    ['Charged', data.charged === null ? '—' : `${credits(data.charged)} credits`],
    [
      'Error',
      data.error_code === null ? (
        '—'
      ) : (
        <code key="code" className="font-mono">
          {data.error_code}
        </code>
      ),
    ],
    ...(data.model === null ? [] : ([['Model', data.model]] as const)),
  ] as const;
}
