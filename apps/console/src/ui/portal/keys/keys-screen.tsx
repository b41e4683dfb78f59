import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useOperation } from '../../api/queries.ts';
import { useScope } from '../../api/scope.ts';
import { Badge, type Tone } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { SelectField } from '../../design/field.tsx';
import { Filters } from '../../design/filters.tsx';
import { counted } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { useManages } from '../members/use-manages.ts';
import { KeyActs } from './key-acts.tsx';
import { boundsOf, organisationKeyRow, ownKeyRow, type KeyRow } from './key-row.ts';
import { NewKey } from './new-key.tsx';
import { ShownOnce } from './shown-once.tsx';

const route = getRouteApi('/portal/keys');
const ROWS = 20;
const TONES: Readonly<Record<KeyRow['status'], Tone>> = {
  active: 'ok',
  paused: 'warn',
  expired: 'plain',
  ended: 'plain',
};

/** API keys: made and shown once, rotated with an overlap, paused, revoked. */
export function KeysScreen() {
  const { make } = route.useSearch();
  const navigate = route.useNavigate();
  const scope = useScope();
  const acts = useManages();
  const [secret, setSecret] = useState<string | undefined>();
  const open = (now: boolean): void =>
    void navigate({ search: (search) => ({ ...search, make: now ? 'yes' : undefined }) });
  return (
    <Page
      title="API keys"
      about="What programmes prove by who is calling. A key is shown once, when it is made; afterwards only its first characters."
      actions={
        acts ? (
          <Button look="primary" onClick={() => open(true)}>
            New key
          </Button>
        ) : undefined
      }
    >
      {scope === undefined ? <OwnKeys onSecret={setSecret} /> : <OrganisationKeys onSecret={setSecret} />}
      {make === undefined || !acts ? null : <NewKey onClose={() => open(false)} onSecret={setSecret} />}
      {secret === undefined ? null : <ShownOnce secret={secret} onClose={() => setSecret(undefined)} />}
    </Page>
  );
}

interface ListProps {
  readonly onSecret: (secret: string) => void;
}

function OwnKeys({ onSecret }: ListProps) {
  const { project, offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const projects = useOperation('account.listProjects', { query: { limit: 100 } });
  const chosen = project ?? projects.data?.items[0]?.id;
  const keys = useOperation(
    'account.listApiKeys',
    { headers: { 'x-project-id': chosen ?? '' }, query: { limit: ROWS, page: offset / ROWS + 1 } },
    { enabled: chosen !== undefined },
  );
  return (
    <>
      <Filters>
        <SelectField
          label="Project"
          value={chosen ?? ''}
          onChange={({ target: { value } }) =>
            void navigate({ search: (search) => ({ ...search, project: value, offset: undefined }) })
          }
        >
          {projects.data?.items.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      </Filters>
      <Card flush>
        <Loaded query={keys}>
          {({ items, pagination }) => (
            <>
              <KeyTable rows={items.map((key) => ownKeyRow(key, chosen ?? ''))} onSecret={onSecret} />
              <Pages offset={offset} total={pagination.total} />
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}

function OrganisationKeys({ onSecret }: ListProps) {
  const { offset = 0 } = route.useSearch();
  const keys = useOperation('llm.listKeys', { query: { limit: ROWS, offset } });
  return (
    <Card flush>
      <Loaded query={keys}>
        {({ items, total }) => (
          <>
            <KeyTable rows={items.map((key) => organisationKeyRow(key, Date.now()))} onSecret={onSecret} />
            <Pages offset={offset} total={total} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Pages({ offset, total }: { readonly offset: number; readonly total: number }) {
  const navigate = route.useNavigate();
  return (
    <Pagination
      offset={offset}
      limit={ROWS}
      total={total}
      onOffset={(next) => void navigate({ search: (search) => ({ ...search, offset: next || undefined }) })}
    />
  );
}

/** More scopes than these are counted, and named when asked for. */
const SCOPES_SHOWN = 3;

function Scopes({ scopes }: Pick<KeyRow, 'scopes'>) {
  if (scopes.length === 0) return <div>no scope</div>;
  if (scopes.length <= SCOPES_SHOWN) return <div>{scopes.join(', ')}</div>;
  return (
    <details>
      <summary>{counted(scopes.length, 'scope')}</summary>
      {scopes.join(', ')}
    </details>
  );
}

function KeyTable({ rows, onSecret }: ListProps & { readonly rows: readonly KeyRow[] }) {
  const acts = useManages();
  const columns: readonly Column<KeyRow>[] = [
    {
      name: 'Key',
      sortBy: ({ name }) => name,
      cell: (key) => (
        <div className="min-w-0">
          <span className="font-medium">{key.name}</span>
          <code className="block font-mono text-[0.85em] text-muted">{key.prefix}…</code>
        </div>
      ),
    },
    {
      name: 'Status',
      sortBy: ({ status }) => status,
      cell: ({ status }) => <Badge tone={TONES[status]}>{status}</Badge>,
    },
    {
      name: 'May be used for',
      cell: (key) => (
        <div className="max-w-[19rem] text-sm text-muted">
          <Scopes scopes={key.scopes} />
          <div>{boundsOf(key).join(' · ')}</div>
        </div>
      ),
    },
    {
      name: 'Last used',
      sortBy: ({ lastUsedAt }) => lastUsedAt ?? '',
      cell: ({ lastUsedAt }) => <Time at={lastUsedAt} none="never" />,
    },
    {
      name: 'Expires',
      sortBy: ({ expiresAt }) => expiresAt ?? '',
      cell: ({ expiresAt }) => <Time at={expiresAt} none="never" />,
    },
    { name: 'Acts', unnamed: true, cell: (key) => (acts ? <KeyActs row={key} onSecret={onSecret} /> : null) },
  ];
  return (
    <DataTable
      caption="API keys, newest first"
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      empty={
        <Empty title="No keys yet">
          {acts
            ? 'Make one, and the page “Start” has a call to try it with.'
            : 'Those who manage this account or organisation make them.'}
        </Empty>
      }
    />
  );
}
