import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useAct, useOperation } from '../../api/queries.ts';
import { Badge, type Tone } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { NewPolicy } from './new-policy.tsx';
import { TryPolicies } from './try-policies.tsx';

type Policy = Operations['llm.listPolicies']['answers']['items'][number];
type Violation = Operations['llm.listViolations']['answers']['items'][number];

const route = getRouteApi('/portal/policies');
const ROWS = 20;
const SEVERITIES: Readonly<Record<Policy['severity'], Tone>> = {
  low: 'plain',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
};

/** What may not be said to a language model, or by it, and what was found. */
export function PoliciesScreen() {
  const [asked, setAsked] = useState<'make' | 'try' | undefined>();
  const policies = useOperation('llm.listPolicies', { query: { limit: 100 } });
  return (
    <Page
      title="Policies"
      about="What may not be said to a language model by this organisation, or by it: blocked, redacted or only told of. In force within a second."
      actions={
        <>
          <Button onClick={() => setAsked('try')}>Try on a text</Button>
          <Button look="primary" onClick={() => setAsked('make')}>
            New policy
          </Button>
        </>
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
    cell: ({ name, description }) => (
      <div>
        <span className="font-medium">{name}</span>
        {description === null ? null : <span className="block text-sm text-muted">{description}</span>}
      </div>
    ),
  },
  { name: 'Looks for', cell: ({ type }) => type.replaceAll('_', ' ') },
  {
    name: 'Does',
    cell: ({ action, enabled }) => <Badge tone={enabled ? 'accent' : 'plain'}>{enabled ? action : 'off'}</Badge>,
  },
  { name: 'Severity', cell: ({ severity }) => <Badge tone={SEVERITIES[severity]}>{severity}</Badge> },
  {
    name: 'Changed',
    sortBy: ({ updated_at: at }) => at,
    cell: ({ updated_at: at, version }) => (
      <span>
        <Time at={at} /> <span className="text-sm text-muted">v{version}</span>
      </span>
    ),
  },
  { name: 'Acts', unnamed: true, cell: (policy) => <DeletePolicy policy={policy} /> },
];

function DeletePolicy({ policy }: { readonly policy: Policy }) {
  const [asked, setAsked] = useState(false);
  const remove = useAct('llm.deletePolicy', {
    done: `${policy.name} is deleted.`,
    quiet: true,
    onDone: () => setAsked(false),
  });
  return (
    <div className="flex justify-end">
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
    cell: ({ policy_name: name, category }) => (
      <div>
        <span className="font-medium">{name}</span>
        <span className="block text-sm text-muted">{category.replaceAll('_', ' ')}</span>
      </div>
    ),
  },
  { name: 'Severity', cell: ({ severity }) => <Badge tone={SEVERITIES[severity]}>{severity}</Badge> },
  { name: 'Done', cell: ({ action, direction }) => `${action}, in the ${direction}` },
  { name: 'Model', cell: ({ model }) => model },
  {
    name: 'Excerpt',
    cell: ({ excerpt }) => (
      <code className="block max-w-[16rem] truncate font-mono text-[0.85em]" title={excerpt}>
        {excerpt}
      </code>
    ),
  },
  { name: 'Status', cell: (violation) => <Resolve violation={violation} /> },
];

function Violations() {
  const { offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const violations = useOperation('llm.listViolations', { query: { limit: ROWS, offset } });
  return (
    <Card title="What was found" about="Of the last days, masked. Nobody’s text is kept." flush>
      <Loaded query={violations}>
        {({ items, total }) => (
          <>
            <DataTable
              caption="Violations, newest first"
              columns={VIOLATIONS}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty title="Nothing was found" />}
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

const STATUSES: readonly Violation['status'][] = [
  'new',
  'reviewed',
  'false_positive',
] as readonly Violation['status'][];

function Resolve({ violation: { id, status, policy_name: name } }: { readonly violation: Violation }) {
  const change = useAct('llm.updateViolation', { done: 'Noted.' });
  return (
    <select
      aria-label={`Status of what ${name} found`}
      className="control w-auto py-0.5"
      value={status}
      disabled={change.isPending}
      onChange={({ target: { value } }) => {
        const next = STATUSES.find((one) => one === value);
        if (next !== undefined) change.mutate({ params: { id }, body: { status: next } });
      }}
    >
      {STATUSES.map((one) => (
        <option key={one} value={one}>
          {one.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  );
}
