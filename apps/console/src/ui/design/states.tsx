import type { ReactNode } from 'react';
import { hasCode, problemOf } from '../api/problem.ts';
import { Button } from './button.tsx';
import { CopyId } from './copy.tsx';

/** Nothing here yet, and what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-9 text-center">
      <p className="font-medium">{title}</p>
      {children === undefined ? null : <div className="max-w-md text-muted">{children}</div>}
    </div>
  );
}

/** What went wrong, in the gateway's words, with the id to report it by. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { title, detail, requestId, code } = problemOf(error);
  return (
    <div role="alert" className="flex flex-col items-start gap-2 rounded-xl border border-bad bg-bad-soft px-5 py-4">
      <p className="font-semibold text-bad">{title}</p>
      <p>{detail}</p>
      <p className="flex flex-wrap items-center gap-x-3 text-sm">
        {code === undefined ? null : <code className="font-mono">{code}</code>}
        {requestId === undefined ? null : <CopyId id={requestId} label="request id" />}
      </p>
      {onRetry === undefined ? null : (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** A sentence that says what is wrong with what was sent. */
export function Refusal({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const { detail, code } = problemOf(error);
  return (
    <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-bad">
      {detail}
      {code === undefined ? null : <code className="ml-2 font-mono text-sm">{code}</code>}
    </p>
  );
}

/** Keeps the room of rows that are on their way. */
export function SkeletonRows({ rows = 5 }: { readonly rows?: number }) {
  return (
    <div aria-hidden className="flex flex-col gap-3 px-5 py-4">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton h-6" />
      ))}
    </div>
  );
}

interface LoadedProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** What a query found; rows that keep its room while it is on its way, and why it did not work. */
export function Loaded<T>({ query: { data, error, refetch }, rows = 5, children }: LoadedProps<T>) {
  if (data !== undefined) return children(data);
  if (hasCode(error, 'tenant.role_insufficient'))
    return <Empty title="Not with your role">Ask an admin or owner of this organisation.</Empty>;
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <output aria-label="Loading" className="block">
      <SkeletonRows rows={rows} />
    </output>
  );
}
