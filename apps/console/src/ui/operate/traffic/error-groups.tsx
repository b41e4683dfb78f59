import { Link } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { given } from '../../app/search.ts';
import { Badge, statusTone } from '../../design/badge.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { count } from '../../design/format.ts';
import { Empty } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { LINK_LOOK } from '../parts/links.tsx';

type ErrorGroup = Operations['usage.adminTraffic']['answers']['errors'][number];

/** Screens that say more of errors whose code begins so. */
const PLACES = [
  ['upstream.', '/operate/backends', 'Backends'],
  ['route.', '/operate/routes', 'Routes'],
  ['service.', '/operate', 'Overview'],
  ['internal', '/operate', 'Overview'],
] as const;

const COLUMNS: readonly Column<ErrorGroup>[] = [
  { name: 'Status', cell: ({ status }) => <Badge tone={statusTone(status)}>{status}</Badge> },
  { name: 'What it means', lead: true, cell: (group) => <Meaning {...group} /> },
  { name: 'Route', cell: ({ route }) => route ?? <span className="text-muted">no route</span> },
  { name: 'Count', numeric: true, cell: ({ requests }) => count(requests), sortBy: ({ requests }) => requests },
  { name: 'Last', cell: ({ last_minute: at }) => <Time at={at} />, sortBy: ({ last_minute: at }) => at },
  { name: 'Look at', cell: (group) => <Places {...group} /> },
];

/** Errors that are alike, the most frequent first, each with what it means and where to look. */
export function ErrorGroups({ errors }: { readonly errors: readonly ErrorGroup[] }) {
  return (
    <DataTable
      caption="Errors by status, code and route"
      columns={COLUMNS}
      rows={errors}
      rowKey={({ status, code, route, upstream }) => `${status} ${code} ${route} ${upstream}`}
      empty={<Empty title="No errors">Nothing was refused, and nothing failed.</Empty>}
    />
  );
}

function Meaning({ code, meaning, upstream }: ErrorGroup) {
  if (code === null)
    return (
      <span className="text-muted">The answer of {upstream === null ? 'the gateway' : `backend ${upstream}`}.</span>
    );
  return (
    <div className="min-w-0">
      <code className="font-mono text-sm">{code}</code>
      {meaning === null ? null : <p className="max-w-[26rem] text-sm text-muted">{meaning}</p>}
    </div>
  );
}

function Places({ status, code, route }: ErrorGroup) {
  const place = PLACES.find(([beginning]) => code?.startsWith(beginning));
  const search = given({ status: String(status), error_code: code ?? undefined, route: route ?? undefined });
  return (
    <span className="flex flex-wrap gap-x-3">
      <Link to="/operate/requests" search={search} className={LINK_LOOK}>
        Requests
      </Link>
      {place === undefined ? null : (
        <Link to={place[1]} className={LINK_LOOK}>
          {place[2]}
        </Link>
      )}
    </span>
  );
}
