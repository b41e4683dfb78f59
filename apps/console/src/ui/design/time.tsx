import { useEffect, useState } from 'react';
import { exactTime, relativeTime, shortDate } from './format.ts';

/** How often what is said of a moment is looked at again, in milliseconds. */
const TICK_MS = 30_000;

function useNow(): number {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

interface TimeProps {
  readonly at: string | null | undefined;
  /** Shown where there is no moment. */
  readonly none?: string;
  /** With its day, for moments that one plans by. */
  readonly dated?: boolean;
}

/** A moment as people say it, with the exact one on hover. */
export function Time({ at, none = '—', dated = false }: TimeProps) {
  const nowMs = useNow();
  if (at === null || at === undefined) return <span className="text-muted">{none}</span>;
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap">
      {relativeTime(at, nowMs)}
      {dated ? <span className="text-muted"> · {shortDate(at)}</span> : null}
    </time>
  );
}

/** A day, with the exact moment on hover: for the bounds of a time, which "7 years ago" says badly. */
export function Day({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap">
      {shortDate(at)}
    </time>
  );
}
