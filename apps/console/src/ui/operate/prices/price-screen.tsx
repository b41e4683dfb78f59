import { useParams } from '@tanstack/react-router';
import { useOperation } from '../../api/queries.ts';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { PriceActs } from './price-acts.tsx';
import { VERSION_COLUMNS } from './prices-screen.tsx';

/** What an operation cost before, and who changed it. */
export function PriceScreen() {
  const { operation = '' }: { readonly operation?: string | undefined } = useParams({ strict: false });
  const { offset } = useList();
  const args = { params: { operation }, query: { limit: PAGE_ROWS, offset } };
  const versions = useOperation('credits.adminListPriceVersions', args, { personal: true });
  const newest = versions.data?.items[0];
  return (
    <Page
      title={operation}
      about="Every price that it had. A hold keeps the version that it was made under."
      actions={offset === 0 && newest !== undefined ? <PriceActs price={newest} /> : undefined}
    >
      <Card flush>
        <PagedTable
          query={versions}
          caption="Versions, newest first"
          columns={VERSION_COLUMNS}
          rowKey={({ version }) => String(version)}
          empty={<Empty title="It never had a price">Set the first one among the prices.</Empty>}
        />
      </Card>
    </Page>
  );
}
