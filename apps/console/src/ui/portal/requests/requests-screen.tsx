import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Operations } from '@turnpike/client';
import { useOperation } from '../../api/queries.ts';
import { Badge, statusTone } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { Filters } from '../../design/filters.tsx';
import { textsOf } from '../../design/form.ts';
import { credits, duration } from '../../design/format.ts';
import { Card, Page } from '../../design/page.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Empty, Loaded } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';

type Line = Operations['usage.listRequests']['answers']['items'][number];

const route = getRouteApi('/portal/requests');
const ROWS = 50;
const DAY_MS = 86_400_000;
const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const;

const COLUMNS: readonly Column<Line>[] = [
  { name: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
  {
    name: 'Request',
    lead: true,
    cell: ({ id, method, route: name, path }) => (
      <>
        <Link
          to="/requests/$id"
          params={{ id }}
          search={(now) => now}
          className="font-medium text-accent hover:underline"
        >
          {method} {name ?? '(no route)'}
        </Link>
        {path === null ? null : <div className="font-mono text-[0.8em] text-muted wrap-anywhere">{path}</div>}
      </>
    ),
  },
  {
    name: 'Key',
    cell: ({ key_id: id, key_prefix: prefix }) =>
      id === null ? (
        <span className="text-muted">a session</span>
      ) : (
        <code className="font-mono text-[0.85em] whitespace-nowrap">{prefix ?? id.slice(0, 8)}…</code>
      ),
  },
  {
    name: 'Answer',
    cell: ({ status, error_code: code }) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        <Badge tone={statusTone(status)}>{status}</Badge>
        {code === null ? null : <code className="font-mono text-[0.85em] text-muted">{code}</code>}
      </span>
    ),
  },
  { name: 'Took', numeric: true, cell: ({ duration_ms: ms }) => duration(ms) },
  { name: 'Credits', numeric: true, cell: ({ charged }) => (charged === null ? '—' : credits(charged)) },
];

/** One's own requests, newest first; each leads to why it ended as it did. */
export function RequestsScreen() {
  const { status, path, request, key, days = 1, offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const [nowMs] = useState(() => Date.now());
  const requests = useOperation('usage.listRequests', {
    query: {
      limit: ROWS,
      offset,
      from: new Date(nowMs - days * DAY_MS).toISOString(),
      ...(status && { status }),
      ...(path && { route: path }),
      ...(request && { request_id: request }),
      ...(key && { key_id: key }),
    },
  });
  return (
    <Page
      title="Requests"
      about="Each request of the last days, without its body. A line leads to why it ended as it did."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const texts = textsOf(event.currentTarget);
          void navigate({
            search: (now) => ({
              ...now,
              status: STATUSES.find((one) => one === texts['status']),
              path: texts['path'],
              request: texts['request'],
              days: Number(texts['days'] ?? 1) === 1 ? undefined : Number(texts['days']),
              offset: undefined,
            }),
          });
        }}
      >
        <Filters>
          <SelectField label="Answer" name="status" defaultValue={status ?? ''}>
            <option value="">Any</option>
            {STATUSES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
          <SelectField label="Time" name="days" defaultValue={String(days)}>
            <option value="1">Last day</option>
            <option value="7">Last 7 days</option>
            <option value="30">Last 30 days</option>
          </SelectField>
          <TextField label="Route" name="path" defaultValue={path ?? ''} placeholder="credits.getBalance" />
          <TextField label="Request id" name="request" defaultValue={request ?? ''} />
          <Button type="submit">Apply</Button>
        </Filters>
      </form>
      <Card flush>
        <Loaded query={requests} rows={10}>
          {({ items, total, total_is_capped: capped }) => (
            <>
              <DataTable
                caption="Requests, newest first"
                columns={COLUMNS}
                rows={items}
                rowKey={({ id }) => id}
                empty={
                  <Empty title="No requests like that">
                    Widen the time or take a filter away. New ones show within seconds.
                  </Empty>
                }
              />
              <Pagination
                offset={offset}
                limit={ROWS}
                total={total}
                capped={capped === true}
                onOffset={(next) => void navigate({ search: (now) => ({ ...now, offset: next || undefined }) })}
              />
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
