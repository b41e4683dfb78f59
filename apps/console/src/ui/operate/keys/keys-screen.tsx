import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { Badge } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { KEY_COLUMNS } from './key-columns.tsx';

type Secrets = Operations['platform.adminListSecrets']['answers'];

const SIGNING: readonly Column<Secrets['signing_keys'][number]>[] = [
  { name: 'Signing key', cell: ({ kid }) => <code className="font-mono text-sm">{kid}</code> },
  { name: 'Algorithm', cell: ({ algorithm }) => algorithm },
  { name: 'State', cell: ({ state }) => <Badge tone={state === 'signing' ? 'ok' : 'plain'}>{state}</Badge> },
  { name: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'Verifies until', cell: ({ verifies_until: at }) => <Time at={at} none="its successor" /> },
];
const SERVICE: readonly Column<Secrets['service_keys'][number]>[] = [
  { name: 'Service key', cell: ({ name }) => name },
  { name: 'Values', numeric: true, cell: ({ values }) => values },
  { name: 'May', cell: ({ grants }) => grants.join(', ') },
];

/** API keys of everybody, and what Turnpike itself signs and trusts with; never a value. */
export function KeysScreen() {
  const { filter, offset } = useList();
  const filters = { prefix: filter('prefix'), user_id: filter('user_id'), organisation_id: filter('organisation_id') };
  const query = given({ ...filters, limit: PAGE_ROWS, offset });
  const keys = useOperation('platform.adminListKeys', { query }, { personal: true });
  const secrets = useOperation('platform.adminListSecrets', {}, { personal: true });
  return (
    <Page title="Keys" about="API keys by what they show of themselves, and by who has them.">
      <FilterForm key={JSON.stringify(filters)}>
        <TextField label="Prefix" name="prefix" placeholder="sk_live_4f0c1a" defaultValue={filters.prefix} />
        <TextField label="User id" name="user_id" defaultValue={filters.user_id} />
        <TextField label="Organisation id" name="organisation_id" defaultValue={filters.organisation_id} />
      </FilterForm>
      <Card title="API keys" flush>
        <PagedTable
          query={keys}
          caption="API keys, newest first"
          columns={KEY_COLUMNS}
          rowKey={({ id }) => id}
          empty={<Empty title="No such key">A prefix is the part before the secret, such as sk_live_4f0c1a.</Empty>}
        />
      </Card>
      <Card
        title="Signing keys"
        about={
          <>
            They are replaced by themselves. Rotate at once with <code className="font-mono">turnpike keys rotate</code>{' '}
            if one may be known.
          </>
        }
        flush
      >
        <Loaded query={secrets} rows={2}>
          {({ signing_keys: rows }) => (
            <DataTable
              caption="Signing keys, newest first"
              columns={SIGNING}
              rows={rows}
              rowKey={({ kid }) => kid}
              empty={
                <Empty title="A configured secret signs (HS256)">It is as old as the setting JWT_SECRET_KEY.</Empty>
              }
            />
          )}
        </Loaded>
      </Card>
      <Card
        title="Service keys"
        about="Configured from outside: give a second value, move callers over, then remove the first."
        flush
      >
        <Loaded query={secrets} rows={2}>
          {({ service_keys: rows }) => (
            <DataTable
              caption="Service keys"
              columns={SERVICE}
              rows={rows}
              rowKey={({ name }) => name}
              empty={<Empty title="No service keys">SERVICE_API_KEY or SERVICE_KEYS_FILE gives services theirs.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
