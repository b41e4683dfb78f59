import { useOperation } from '../../api/queries.ts';
import { DataTable } from '../../design/data-table.tsx';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { KEY_COLUMNS } from '../keys/key-columns.tsx';

/** API keys that a user made. */
export function UserKeys({ userId }: { readonly userId: string }) {
  const keys = useOperation('platform.adminListKeys', { query: { user_id: userId } }, { personal: true });
  return (
    <Card title="API keys" flush>
      <Loaded query={keys} rows={2}>
        {({ items }) => (
          <DataTable
            caption="API keys, newest first"
            columns={KEY_COLUMNS}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty title="No keys">
                Keys that this person makes, in projects of their own or of an organisation, show here.
              </Empty>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}
