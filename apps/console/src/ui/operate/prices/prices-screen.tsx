import { Link } from '@tanstack/react-router';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { creditAmount } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { NewPrice, PriceActs } from './price-acts.tsx';
import type { Price } from './price.ts';

/** What a version says, but the operation. */
export const VERSION_COLUMNS: readonly Column<Price>[] = [
  {
    name: 'Price',
    numeric: true,
    cell: ({ cost }) => (cost === null ? <Badge>retired</Badge> : creditAmount(cost)),
  },
  { name: 'Version', numeric: true, cell: ({ version }) => version },
  { name: 'Since', cell: ({ set_at: at }) => <Time at={at} /> },
  { name: 'By', cell: ({ source, set_by: by }) => (source === 'file' ? 'price file' : (by?.name ?? 'an operator')) },
  { name: 'Why', cell: ({ reason }) => reason ?? '—' },
];

const COLUMNS: readonly Column<Price>[] = [
  {
    name: 'Operation',
    cell: ({ operation }) => (
      <Link
        to="/operate/prices/$operation"
        params={{ operation }}
        className="rounded font-mono text-sm text-accent underline-offset-2 hover:underline"
      >
        {operation}
      </Link>
    ),
  },
  ...VERSION_COLUMNS,
  { name: 'Act', unnamed: true, cell: (price) => <PriceActs price={price} /> },
];

/** The price list, and who made it so. */
export function PricesScreen() {
  const { offset } = useList();
  const prices = useOperation('credits.adminListPrices', { query: { limit: PAGE_ROWS, offset } }, { personal: true });
  return (
    <Page
      title="Prices"
      about="Credits per operation. A price is in force for every hold made after it was set."
      actions={<NewPrice />}
    >
      <Card flush>
        <PagedTable
          query={prices}
          caption="Prices by operation"
          columns={COLUMNS}
          rowKey={({ operation }) => operation}
          empty={<Empty title="No prices">Put them into the price file, or set the first one here.</Empty>}
        />
      </Card>
    </Page>
  );
}
