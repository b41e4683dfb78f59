import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { credits } from '../../design/format.ts';
import { Card } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { detailsOf, type Entry } from '../audit/entries.ts';
import { OwnerLink, RequestLink, UserLink } from '../parts/links.tsx';

type Debt = Operations['credits.adminListDebts']['answers']['items'][number];
type Hold = Operations['credits.adminListHolds']['answers']['items'][number];
type Grant = Operations['credits.adminListExpiringGrants']['answers']['items'][number];

const DEBTS: readonly Column<Debt>[] = [
  { name: 'Owner', cell: ({ owner }) => <OwnerLink owner={owner} /> },
  { name: 'Debt', numeric: true, cell: ({ debt }) => credits(debt) },
  { name: 'Account', cell: ({ status }) => status },
];
const HOLDS: readonly Column<Hold>[] = [
  { name: 'Owner', cell: ({ owner }) => <OwnerLink owner={owner} /> },
  { name: 'Amount', numeric: true, cell: ({ amount }) => credits(amount) },
  { name: 'For', cell: ({ operation }) => operation ?? '—' },
  { name: 'Since', cell: ({ created_at: at }) => <Time at={at} /> },
  { name: 'Ends', cell: ({ expires_at: at }) => <Time at={at} /> },
];
const GRANTS: readonly Column<Grant>[] = [
  { name: 'Owner', cell: ({ owner }) => <OwnerLink owner={owner} /> },
  { name: 'Remaining', numeric: true, cell: ({ remaining }) => credits(remaining) },
  { name: 'Source', cell: ({ source }) => source },
  { name: 'Expires', cell: ({ expires_at: at }) => <Time at={at} /> },
];
const WRITE_OFFS: readonly Column<Entry>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'Whose', cell: ({ user_id: id, user_email: email }) => <UserLink id={id}>{email ?? undefined}</UserLink> },
  { name: 'By', cell: ({ operator, actor }) => operator?.name ?? actor },
  {
    name: 'What and why',
    cell: ({ detail }) => <span className="text-sm wrap-anywhere">{detailsOf(detail) || '—'}</span>,
  },
  { name: 'Request', cell: ({ request_id: id }) => <RequestLink requestId={id} /> },
];
/** Rows of each list: its beginning is what is worth looking at. */
const query = { limit: 10 } as const;

/** The largest debts, the holds that end first, the grants that expire next, and the debts that were forgiven last. */
export function LedgerLists() {
  const debts = useOperation('credits.adminListDebts', { query }, { personal: true });
  const holds = useOperation('credits.adminListHolds', { query }, { personal: true });
  const grants = useOperation('credits.adminListExpiringGrants', { query }, { personal: true });
  const writeOffs = useOperation(
    'auth.listAudit',
    { query: { ...query, action: 'credits.debt_written_off' } },
    { personal: true },
  );
  const key = ({ id }: { readonly id: string }): string => id;
  return (
    <>
      <Card title="Largest debts" flush>
        <Loaded query={debts} rows={2}>
          {({ items }) => (
            <DataTable
              caption="Debts, the largest first"
              columns={DEBTS}
              rows={items}
              rowKey={({ owner, debt }) => `${owner?.id ?? 'erased'} ${debt}`}
              empty={
                <Empty title="Nobody owes anything">A debt comes of a charge that was larger than what was held.</Empty>
              }
            />
          )}
        </Loaded>
      </Card>
      <Card title="Open holds, those that end first" flush>
        <Loaded query={holds} rows={2}>
          {({ items }) => (
            <DataTable
              caption="Open holds"
              columns={HOLDS}
              rows={items}
              rowKey={key}
              empty={<Empty title="Nothing is held">Credits are held while a call is under way.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      <Card title="Grants that expire next" flush>
        <Loaded query={grants} rows={2}>
          {({ items }) => (
            <DataTable
              caption="Expiring grants"
              columns={GRANTS}
              rows={items}
              rowKey={key}
              empty={
                <Empty title="Nothing expires">
                  Grants of plans do; credits that were given or bought may have no end.
                </Empty>
              }
            />
          )}
        </Loaded>
      </Card>
      <Card title="Write-offs" about="The last debts that were forgiven, as the audit trail has them." flush>
        <Loaded query={writeOffs} rows={2}>
          {({ items }) => (
            <DataTable
              caption="Write-offs, newest first"
              columns={WRITE_OFFS}
              rows={items}
              rowKey={key}
              empty={
                <Empty title="Nothing was written off">An admin forgives a debt on the page of whoever has it.</Empty>
              }
            />
          )}
        </Loaded>
      </Card>
    </>
  );
}
