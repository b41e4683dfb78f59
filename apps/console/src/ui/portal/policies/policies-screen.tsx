import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';
import { lookedFor } from './detection.ts';
import { SEVERITY_TONES, type Violation } from './looks.ts';
import { EditPolicy, NewPolicy } from './policy-form.tsx';
import { TryPolicies } from './try-policies.tsx';

type Policy = Operations['llm.listPolicies']['answers']['items'][number];

const route = getRouteApi('/portal/policies');
const ROWS = 20;
const DAYS = 30;
const DAY_MS = 86_400_000;
/** What may not be said to a language model, or by it, and what was found. */
export function PoliciesScreen() {
  const [asked, setAsked] = useState<'make' | 'try' | undefined>();
  const manages = useManages();
  const policies = useOperation('llm.listPolicies', { query: { limit: 100 } });
  return (
    <Page
      title="Policies"
      about="What may not be said to a language model by this organisation, or by it: blocked, redacted or only told of. In force within a second."
      actions={
        !manages ? undefined : (
          <>
            <Button onClick={() => setAsked('try')}>Try on a text</Button>
            <Button look="primary" onClick={() => setAsked('make')}>
              New policy
            </Button>
          </>
        )
      }
    >
      <Card title="Policies" flush>
        <Loaded query={policies}>
          {({ items }) => (
            <DataTable
              caption="Policies, oldest first"
              columns={COLUMNS}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty title="No policies yet">The operator’s apply all the same; yours come on top.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      <Violations />
      {asked === 'make' ? <NewPolicy onClose={() => setAsked(undefined)} /> : null}
      {asked === 'try' ? <TryPolicies onClose={() => setAsked(undefined)} /> : null}
    </Page>
  );
}

const COLUMNS: readonly Column<Policy>[] = [
  {
    name: 'Policy',
    sortBy: ({ name }) => name,
    cell: ({ id, name, description }) => (
      <div>
        <Link
          to="/policies/$id"
          params={{ id }}
          search={({ org, env }) => ({ org, env })}
          className="font-medium text-accent hover:underline"
        >
          {name}
        </Link>
        {description === null ? null : <span className="block text-sm text-muted">{description}</span>}
      </div>
    ),
  },
  {
    name: 'Looks for',
    cell: (policy) => (
      <span className="block sm:max-w-[20rem] sm:truncate" title={lookedFor(policy)}>
        {lookedFor(policy)}
      </span>
    ),
  },
  {
    name: 'Does',
    cell: ({ action, enabled }) => <Badge tone={enabled ? 'accent' : 'plain'}>{enabled ? action : 'off'}</Badge>,
  },
  { name: 'Severity', cell: ({ severity }) => <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge> },
  {
    name: 'Changed',
    sortBy: ({ updated_at: at }) => at,
    cell: ({ updated_at: at, version }) => (
      <span>
        <Time at={at} /> <span className="text-sm text-muted">v{version}</span>
      </span>
    ),
  },
  { name: 'Acts', unnamed: true, cell: (policy) => <PolicyActs policy={policy} /> },
];

function PolicyActs({ policy }: { readonly policy: Policy }) {
  const [asked, setAsked] = useState(false);
  // What was read when the form was opened: a list that is read anew does not change it.
  const [edited, setEdited] = useState<Policy | undefined>();
  const manages = useManages();
  const remove = useAct('llm.deletePolicy', {
    done: `${policy.name} is deleted.`,
    quiet: true,
    onDone: () => setAsked(false),
  });
  if (!manages) return null;
  return (
    <div className="flex justify-end gap-2">
      <Button small onClick={() => setEdited(policy)} aria-label={`Edit ${policy.name}`}>
        Edit
      </Button>
      {edited === undefined ? null : <EditPolicy policy={edited} onClose={() => setEdited(undefined)} />}
      <Button small look="risky" onClick={() => setAsked(true)} aria-label={`Delete ${policy.name}`}>
        Delete
      </Button>
      {asked ? (
        <Confirm
          open
          onClose={() => setAsked(false)}
          title={`Delete ${policy.name}?`}
          about="It is in force nowhere within a second. What it found stays."
          act="Delete"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { id: policy.id } })}
        />
      ) : null}
    </div>
  );
}

const VIOLATIONS: readonly Column<Violation>[] = [
  { name: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
  {
    name: 'Policy',
    lead: true,
    cell: ({ id, policy_name: name, category }) => (
      <div>
        <Link
          to="/policies/found/$id"
          params={{ id }}
          search={({ org, env }) => ({ org, env })}
          className="font-medium text-accent hover:underline"
        >
          {name}
        </Link>
        <span className="block text-sm text-muted">{category.replaceAll('_', ' ')}</span>
      </div>
    ),
  },
  { name: 'Severity', cell: ({ severity }) => <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge> },
  { name: 'Done', cell: ({ action, direction }) => `${action}, in the ${direction}` },
  { name: 'Model', cell: ({ model }) => <span className="whitespace-nowrap">{model}</span> },
  {
    name: 'Excerpt',
    cell: ({ excerpt }) => (
      <code className="block font-mono text-[0.85em] sm:max-w-[16rem] sm:truncate" title={excerpt}>
        {excerpt}
      </code>
    ),
  },
  {
    name: 'Status',
    cell: ({ status }) => <Badge tone={status === 'open' ? 'warn' : 'plain'}>{status.replaceAll('_', ' ')}</Badge>,
  },
];

function Violations() {
  const { offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  // Whole days, so that pages are of one list.
  const [from] = useState(() => new Date((Math.floor(Date.now() / DAY_MS) - DAYS) * DAY_MS).toISOString());
  const violations = useOperation('llm.listViolations', { query: { limit: ROWS, offset, from } });
  return (
    <Card title="What was found" about={`Of the last ${DAYS} days, masked. Nobody’s text is kept.`} flush>
      <Loaded query={violations}>
        {({ items, total }) => (
          <>
            <DataTable
              caption="Violations, newest first"
              columns={VIOLATIONS}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty title="Nothing was found">What a policy finds in a call shows here within seconds.</Empty>}
            />
            <Pagination
              offset={offset}
              limit={ROWS}
              total={total}
              onOffset={(next) => void navigate({ search: (now) => ({ ...now, offset: next || undefined }) })}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}
