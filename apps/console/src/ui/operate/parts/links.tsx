import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { classes } from '../../design/classes.ts';
import { CopyId } from '../../design/copy.tsx';

/** What links in tables look like. */
export const LINK_LOOK = 'rounded text-accent underline-offset-2 hover:underline';

/** A user, by a word or the beginning of the id. */
export function UserLink({ id, children }: { readonly id: string | null; readonly children?: ReactNode }) {
  if (id === null) return <span className="text-muted">—</span>;
  return (
    <Link
      to="/operate/users/$userId"
      params={{ userId: id }}
      className={classes(LINK_LOOK, children === undefined && 'whitespace-nowrap')}
      title={id}
    >
      {children ?? short(id)}
    </Link>
  );
}

export function TenantLink({ id, children }: { readonly id: string; readonly children?: ReactNode }) {
  return (
    <Link
      to="/operate/organisations/$tenantId"
      params={{ tenantId: id }}
      className={classes(LINK_LOOK, children === undefined && 'whitespace-nowrap')}
      title={id}
    >
      {children ?? short(id)}
    </Link>
  );
}

interface NamedProps {
  readonly id: string;
  /** What the id is of. */
  readonly label: string;
  /** The name that people know it by. */
  readonly children: ReactNode;
  /** What else tells it apart. */
  readonly note?: ReactNode;
}

/** Something by its name, with its id to copy beneath. */
export function Named({ id, label, children, note }: NamedProps) {
  return (
    <div className="named flex min-w-0 flex-col gap-0.5 lg:min-w-40">
      <span className="wrap-anywhere">{children}</span>
      <span className="flex flex-wrap items-center gap-x-1.5 text-[0.85em] text-muted">
        {note}
        <CopyId id={id} label={label} />
      </span>
    </div>
  );
}

/** Whoever owns credits. */
export function OwnerLink({ owner }: { readonly owner: { readonly type: string; readonly id: string } | null }) {
  if (owner === null) return <span className="text-muted">erased</span>;
  return owner.type === 'user' ? <UserLink id={owner.id} /> : <TenantLink id={owner.id} />;
}

/** API keys of a prefix. */
export function KeyLink({ prefix }: { readonly prefix: string }) {
  return (
    <Link to="/operate/keys" search={{ prefix }} className={`${LINK_LOOK} font-mono text-[0.85em]`}>
      {prefix}
    </Link>
  );
}

/** A request, to its explanation. */
export function RequestLink({ requestId }: { readonly requestId: string | null }) {
  if (requestId === null) return <span className="text-muted">—</span>;
  return (
    <Link
      to="/operate/requests"
      search={{ request_id: requestId }}
      className={classes(LINK_LOOK, 'whitespace-nowrap')}
      title={requestId}
    >
      {short(requestId)}
    </Link>
  );
}

function short(id: string): string {
  return id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}
