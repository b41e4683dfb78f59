import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Act } from '../parts/act.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';

type Entry = Operations['platform.adminListConfigs']['answers']['items'][number];

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'Key', cell: ({ key }) => <code className="font-mono text-sm">{key}</code> },
  {
    name: 'Value',
    cell: ({ value }) =>
      value === null ? (
        <span className="text-muted">not set</span>
      ) : (
        <code className="font-mono text-sm wrap-anywhere">{JSON.stringify(value)}</code>
      ),
  },
  {
    name: 'From',
    cell: ({ source, value }) => (source === 'system' ? 'set here' : value === null ? '—' : 'the environment'),
  },
  { name: 'Locked', cell: ({ is_locked: locked }) => (locked ? <Badge tone="warn">locked</Badge> : '—') },
  { name: 'Own values', numeric: true, cell: ({ overrides }) => overrides },
  { name: 'Act', unnamed: true, cell: (entry) => <ConfigActs entry={entry} /> },
];

/** What holds for organisations that have no value of their own. */
export function ConfigurationScreen() {
  const { offset } = useList();
  const entries = useOperation(
    'platform.adminListConfigs',
    { query: { limit: PAGE_ROWS, offset } },
    { personal: true },
  );
  return (
    <Page
      title="Configuration"
      about="What holds for every organisation without a value of its own; locked, for all of them. It acts within a second."
    >
      <Card flush>
        <PagedTable
          query={entries}
          caption="Keys of the configuration"
          columns={COLUMNS}
          rowKey={({ key }) => key}
          empty={<Empty title="No keys" />}
        />
      </Card>
    </Page>
  );
}

function ConfigActs({ entry: { key, value, is_locked: locked, source, overrides } }: { readonly entry: Entry }) {
  const params = { key };
  return (
    <span className="flex flex-wrap justify-end gap-2">
      <Act
        id="platform.adminSetConfig"
        least="admin"
        label="Set"
        title={`Set ${key}`}
        done="The value is set."
        effect={({ value: next = '' }) => (
          <p>
            <code className="font-mono">{value === null ? 'not set' : JSON.stringify(value)}</code> →{' '}
            <code className="font-mono">{next === '' ? '…' : next}</code> for every organisation without a value of its
            own.
          </p>
        )}
        args={(reason, values) => ({ params, headers: {}, body: { value: valueIn(values['value'] ?? ''), reason } })}
      >
        <TextField
          label="Value"
          name="value"
          required
          hint='As JSON, such as 60, true or ["google"]; other words are taken as text.'
        />
      </Act>
      <Act
        id="platform.adminSetConfig"
        least="admin"
        label={locked ? 'Unlock' : 'Lock'}
        title={`${locked ? 'Unlock' : 'Lock'} ${key}`}
        done={locked ? 'The key is unlocked.' : 'The key is locked.'}
        effect={
          <p>
            {locked
              ? `The ${overrides} values that organisations set are in force again.`
              : `Every organisation is held to the value here; the ${overrides} values of their own are kept, and not in force.`}
          </p>
        }
        args={(reason) => ({ params, headers: {}, body: { is_locked: !locked, reason } })}
      />
      {source === 'system' ? (
        <Act
          id="platform.adminResetConfig"
          least="admin"
          label="Reset"
          title={`Reset ${key}`}
          look="danger"
          done="The key is as the environment says."
          effect={<p>Back to what the environment says, and unlocked.</p>}
          args={(reason) => ({ params, headers: {}, body: { reason } })}
        />
      ) : null}
    </span>
  );
}

type Value = NonNullable<Operations['platform.adminSetConfig']['takes']['body']>['value'];

/** What was typed, as JSON where it is some. */
function valueIn(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
