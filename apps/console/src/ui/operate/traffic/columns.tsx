import { Link } from '@tanstack/react-router';
import type { Operations } from '@turnpike/client';
import { Badge, statusTone } from '../../design/badge.tsx';
import type { Column } from '../../design/data-table.tsx';
import { duration } from '../../design/format.ts';
import { Time } from '../../design/time.tsx';
import { KeyLink, UserLink } from '../parts/links.tsx';

type RequestRow = Operations['usage.adminListRequests']['answers']['items'][number];

/** Requests as operators list them; each leads to its explanation. */
export const REQUEST_COLUMNS: readonly Column<RequestRow>[] = [
  { name: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
  {
    name: 'Request',
    lead: true,
    cell: ({ id, method, route, path }) => (
      <>
        <Link
          to="/operate/requests/$recordId"
          params={{ recordId: id }}
          className="rounded text-accent underline-offset-2 hover:underline"
        >
          {method} {route ?? 'no route'}
        </Link>
        {path === null ? null : <div className="font-mono text-[0.8em] text-muted wrap-anywhere">{path}</div>}
      </>
    ),
  },
  { name: 'Status', cell: ({ status }) => <Badge tone={statusTone(status)}>{status}</Badge> },
  {
    name: 'Code',
    cell: ({ error_code: code }) => (code === null ? '—' : <code className="font-mono text-sm">{code}</code>),
  },
  {
    name: 'Caller',
    cell: ({ user_id: id, caller, key_prefix: prefix }) => (
      <>
        {id === null ? caller : <UserLink id={id} />}
        {prefix === null ? null : (
          <div>
            <KeyLink prefix={prefix} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Time', numeric: true, cell: ({ duration_ms: ms }) => duration(ms) },
];
