import { getRouteApi, Link } from '@tanstack/react-router';
import type { SubmitEvent } from 'react';
import type { Operations } from '@turnpike/client';
import { problemOf } from '../../api/problem.ts';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { CopyId } from '../../design/copy.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { AreaField, SelectField } from '../../design/field.tsx';
import { textsOf } from '../../design/form.ts';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Empty, Loaded, Refusal } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';
import { lookedFor, nameOf } from './detection.ts';
import { SEVERITY_TONES, STATUSES } from './looks.ts';

type Violation = Operations['llm.getViolation']['answers'];
type Match = Violation['matches'][number];

const route = getRouteApi('/portal/policies/found/$id');

const MATCHES: readonly Column<Match>[] = [
  { name: 'What', cell: ({ entity }) => nameOf(entity) },
  { name: 'Masked', cell: ({ masked }) => <code className="font-mono text-sm wrap-anywhere">{masked}</code> },
  { name: 'At', numeric: true, cell: ({ start, end }) => `${start}–${end}` },
  { name: 'Confidence', numeric: true, cell: ({ confidence }) => `${Math.round(confidence * 100)}%` },
];

/** One thing that a policy found: where, in what, and what has become of it. No text of a call is kept but masked. */
export function ViolationScreen() {
  const { id } = route.useParams();
  const violation = useOperation('llm.getViolation', { params: { id } });
  const manages = useManages();
  return (
    <Page title="What a policy found" about="Masked: nobody’s text is kept.">
      <Link to="/policies" search={({ org, env }) => ({ org, env })} className="-mt-3 text-accent hover:underline">
        All policies
      </Link>
      <Loaded query={violation} rows={8}>
        {(data) => (
          <>
            <div className="grid items-start gap-6 lg:grid-cols-[1.4fr_1fr]">
              <Card
                title={data.policy_name}
                actions={<Badge tone={SEVERITY_TONES[data.severity]}>{data.severity}</Badge>}
              >
                <Facts facts={factsOf(data)} />
              </Card>
              <Card title="What has become of it">
                <Resolve key={data.status_changed_at} violation={data} manages={manages} />
              </Card>
            </div>
            <Card title="Matches" about="Characters from the beginning of the text." flush>
              <DataTable
                caption="Matches, in the order of the text"
                columns={MATCHES}
                rows={data.matches}
                rowKey={({ start, end, entity }) => `${start} ${end} ${entity}`}
                empty={<Empty title="No single matches">It is about the call as a whole.</Empty>}
              />
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function factsOf(data: Violation) {
  const { policy, policy_id: policyId } = data;
  return [
    ['When', <Time key="when" at={data.created_at} />],
    ['Done', `${data.action}, in the ${data.direction}${data.phase === 'async' ? ', after the answer' : ''}`],
    [
      'Excerpt',
      <code key="excerpt" className="font-mono text-sm wrap-anywhere">
        {data.excerpt}
      </code>,
    ],
    [
      'Request',
      data.request_id === '' ? (
        'of somebody who was erased'
      ) : (
        <span key="request" className="inline-flex flex-wrap items-center gap-2">
          <Link
            to="/requests"
            search={({ org, env }) => ({ org, env, request: data.request_id, days: 30 })}
            className="text-accent hover:underline"
          >
            Why it ended so
          </Link>
          <CopyId id={data.request_id} label="request id" />
        </span>
      ),
    ],
    ['Model', `${data.model} (${data.provider})`],
    [
      'Where',
      <code key="where" className="font-mono text-sm">
        {data.location}
      </code>,
    ],
    [
      'Policy',
      policyId.startsWith('operator-') ? (
        'the operator’s'
      ) : (
        <Link
          key="policy"
          to="/policies/$id"
          params={{ id: policyId }}
          search={({ org, env }) => ({ org, env })}
          className="text-accent hover:underline"
        >
          {data.policy_name}, version {data.policy_version}
        </Link>
      ),
    ],
    ...(policy === null
      ? []
      : ([
          [
            'It looked for',
            lookedFor({ type: data.type, config: (policy['config'] ?? {}) as Record<string, unknown> }),
          ],
        ] as const)),
    ['Key', data.key_id === null ? 'a session' : <CopyId key="key" id={data.key_id} label="key id" />],
  ] as const;
}

interface ResolveProps {
  readonly violation: Violation;
  readonly manages: boolean;
}

function Resolve({ violation, manages }: ResolveProps) {
  const { id, status, note, status_changed_at: at } = violation;
  const change = useAct('llm.updateViolation', { done: 'Noted.', quiet: true });
  if (!manages)
    return (
      <Facts
        facts={[
          ['Status', status.replaceAll('_', ' ')],
          ['Note', note ?? '—'],
        ]}
      />
    );
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const texts = textsOf(event.currentTarget);
    const next = STATUSES.find((one) => one === texts['status']) ?? status;
    change.mutate({ params: { id }, body: { status: next, note: texts['note'] ?? null } });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <SelectField label="Status" name="status" defaultValue={status}>
        {STATUSES.map((one) => (
          <option key={one} value={one}>
            {one.replaceAll('_', ' ')}
          </option>
        ))}
      </SelectField>
      <AreaField
        label="Note"
        name="note"
        maxLength={1_000}
        defaultValue={note ?? ''}
        error={problemOf(change.error).fields['note']}
      />
      {at === null ? null : (
        <p className="text-sm text-muted">
          Last changed <Time at={at} />.
        </p>
      )}
      <Refusal error={change.error} />
      <div>
        <Button type="submit" busy={change.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
