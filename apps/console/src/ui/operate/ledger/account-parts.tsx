import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { credits } from '../../design/format.ts';
import { sourceName } from '../../design/grant-source.ts';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Account = Operations['credits.adminGetAccount']['answers'];
type Entry = Operations['credits.adminListEntries']['answers']['items'][number];

const GRANTS: readonly Column<Account['grants'][number]>[] = [
  { name: 'Grant', cell: ({ source }) => sourceName(source) },
  { name: 'Remaining', numeric: true, cell: ({ remaining, amount }) => `${credits(remaining)} of ${credits(amount)}` },
  { name: 'Held', numeric: true, cell: ({ held }) => credits(held) },
  { name: 'Expires', cell: ({ expires_at: at }) => <Time at={at} none="never" /> },
];
const HOLDS: readonly Column<Account['holds'][number]>[] = [
  { name: 'Held for', cell: ({ operation }) => operation ?? '—' },
  { name: 'Amount', numeric: true, cell: ({ amount }) => credits(amount) },
  { name: 'Since', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'Until', cell: ({ expires_at: at }) => <Time at={at} /> },
];
const ENTRIES: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'What', lead: true, cell: ({ description }) => description },
  { name: 'Amount', numeric: true, cell: ({ amount }) => credits(amount) },
  { name: 'Balance after', numeric: true, cell: ({ balance_after: after }) => credits(after) },
];

/** The newest entries of an account; asked beside the account, not after it. */
export function useEntries({ type, id }: Account['owner']) {
  const query = type === 'user' ? { user_id: id, limit: 10 } : { owner_type: type, owner_id: id, limit: 10 };
  return useOperation('credits.adminListEntries', { query }, { personal: true });
}

interface AccountPartsProps {
  readonly account: Account;
  readonly entries: ReturnType<typeof useEntries>;
}

/** An account's grants in the order of spending, its open holds, and its newest entries. */
export function AccountParts({ account, entries }: AccountPartsProps) {
  return (
    <div className="-mx-5 -mb-5 flex flex-col gap-2">
      <h3 className="px-5 pt-2 font-medium">Grants, in the order in which they are spent</h3>
      <DataTable
        caption="Grants"
        columns={GRANTS}
        rows={account.grants}
        rowKey={({ id: key }) => key}
        empty={<Empty title="Nothing is left of any grant">Credits come with a plan, or are granted here.</Empty>}
      />
      {account.holds.length === 0 ? null : (
        <>
          <h3 className="px-5 pt-2 font-medium">Open holds</h3>
          <DataTable
            caption="Open holds"
            columns={HOLDS}
            rows={account.holds}
            rowKey={({ id: key }) => key}
            empty={null}
          />
        </>
      )}
      <h3 className="px-5 pt-2 font-medium">Newest entries</h3>
      <Loaded query={entries} rows={3}>
        {({ items }) => (
          <DataTable
            caption="Entries, newest first"
            columns={ENTRIES}
            rows={items}
            rowKey={({ seq }) => String(seq)}
            empty={<Empty title="No entries" />}
          />
        )}
      </Loaded>
    </div>
  );
}
