import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { Card, Facts, Page } from '../../design/page.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { FilterForm, PAGE_ROWS, PagedTable, useList } from '../parts/list.tsx';
import { LoadedFiles } from './loaded-files.tsx';

type Route = Operations['platform.adminListRoutes']['answers']['items'][number];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const COLUMNS: readonly Column<Route>[] = [
  { name: 'Route', cell: ({ id }) => <span className="font-medium">{id}</span> },
  {
    name: 'Takes',
    cell: ({ methods, path }) => (
      <code className="font-mono text-sm">
        {methods === null ? 'any' : methods.join(' ')} {path}
      </code>
    ),
  },
  { name: 'Access', cell: ({ access }) => <Badge>{access}</Badge> },
  { name: 'To', cell: ({ upstream }) => upstream },
  { name: 'Charges for', cell: ({ operation }) => operation ?? '—' },
];

/** The routes in force, and which of them takes a request. */
export function RoutesScreen() {
  const { filter, offset } = useList();
  const method = filter('method');
  const path = filter('path');
  const routes = useOperation(
    'platform.adminListRoutes',
    { query: { source: 'file', limit: PAGE_ROWS, offset } },
    { personal: true },
  );
  return (
    <Page title="Routes" about="The routes file is the truth; this is what the edges have made of it.">
      <Card title="Which route takes it?">
        <FilterForm key={`${method} ${path}`}>
          <SelectField label="Method" name="method" defaultValue={method ?? 'POST'}>
            {METHODS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
          <TextField
            label="Path"
            name="path"
            required
            placeholder="/v1/reports"
            defaultValue={path}
            className="max-sm:basis-full sm:max-w-none sm:basis-96"
          />
        </FilterForm>
        {path === undefined ? null : <Match method={method ?? 'POST'} path={path} />}
      </Card>
      <LoadedFiles />
      <Card
        title="Routes of the file"
        about="As the edge that answered has loaded them; Turnpike’s own come beside them."
        flush
      >
        <PagedTable
          query={routes}
          caption="Routes of the file"
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={
            <Empty title="The file has no routes">
              Add an upstream and a route to the file that ROUTES_FILE names.
            </Empty>
          }
        />
      </Card>
    </Page>
  );
}

function Match({ method, path }: { readonly method: string; readonly path: string }) {
  const match = useOperation('platform.adminMatchRoute', { query: { method, path } }, { personal: true });
  return (
    <div className="pt-4">
      <Loaded query={match} rows={1}>
        {({ outcome, route, allow, fault }) => (
          <Facts
            facts={[
              [
                'Outcome',
                <Badge key="outcome" tone={outcome === 'found' ? 'ok' : 'warn'}>
                  {outcome}
                </Badge>,
              ],
              ...(fault === null ? [] : [['Refused', fault] as const]),
              ...(allow === null ? [] : [['Methods there', allow] as const]),
              ...(route === null
                ? []
                : ([
                    ['Route', `${route.id} (${route.source})`],
                    ['To', route.upstream],
                    ['Access', route.access],
                    ['Charges for', route.operation ?? 'nothing'],
                  ] as const)),
            ]}
          />
        )}
      </Loaded>
    </div>
  );
}
