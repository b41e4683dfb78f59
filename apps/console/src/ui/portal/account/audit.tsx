import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Entry = Operations['auth.listOwnAudit']['answers']['items'][number];

const ROWS = 10;

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'What', lead: true, cell: ({ action }) => <code className="font-mono text-[0.92em]">{action}</code> },
  { name: 'By', cell: ({ actor }) => (actor === 'user' ? 'you' : `the ${actor}`) },
  { name: 'From', cell: ({ address }) => address ?? '—' },
];

/** What was done with the account lately. */
export function Audit() {
  const audit = useOperation('auth.listOwnAudit', { query: { limit: ROWS } }, { personal: true });
  return (
    <Card title="What was done" about={`The last ${ROWS} entries of the account’s audit trail.`} flush>
      <Loaded query={audit}>
        {({ items }) => (
          <DataTable
            caption="Audit trail, newest first"
            columns={COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={<Empty title="Nothing yet" />}
          />
        )}
      </Loaded>
    </Card>
  );
}
