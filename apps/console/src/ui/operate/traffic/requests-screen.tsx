import { useOperation } from '../../api/queries.ts';
import { given } from '../../app/search.ts';
import { TextField } from '../../design/field.tsx';
import { Card, Page } from '../../design/page.tsx';
import { Empty } from '../../design/states.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { REQUEST_COLUMNS } from './columns.tsx';

const FILTERS = ['request_id', 'user_id', 'status', 'error_code', 'route'] as const;

/** Requests of everybody: found by their id, user, status, code or route, each explained. */
export function RequestsScreen() {
  const { filter, offset } = useList();
  const query = given({
    request_id: filter('request_id'),
    user_id: filter('user_id'),
    status: filter('status'),
    error_code: filter('error_code'),
    route: filter('route'),
    limit: PAGE_ROWS,
    offset,
  });
  const requests = useOperation('usage.adminListRequests', { query }, { personal: true });
  return (
    <Page title="Explain a request" about="Paste the X-Request-ID of a request, and see why it ended as it did.">
      <FilterForm key={FILTERS.map(filter).join(' ')}>
        <TextField label="Request id" name="request_id" defaultValue={filter('request_id')} />
        <TextField label="User id" name="user_id" defaultValue={filter('user_id')} />
        <TextField label="Status" name="status" placeholder="402 or 5xx" defaultValue={filter('status')} />
        <TextField
          label="Code"
          name="error_code"
          placeholder="upstream.unavailable"
          defaultValue={filter('error_code')}
        />
        <TextField label="Route" name="route" defaultValue={filter('route')} />
      </FilterForm>
      <Card flush>
        <PagedTable
          query={requests}
          caption="Requests, newest first"
          columns={REQUEST_COLUMNS}
          rowKey={({ id }) => id}
          empty={
            <Empty title="No such request">
              Records are kept for some days. A request that never reached the gateway has none.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}
