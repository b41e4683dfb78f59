import { useEffect, useState } from 'react';
import { exactTime, relativeTime } from './format.ts';

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

/** A moment as people say it, with the exact one on hover; `none` where there is no moment. */
export function Time({ at, none = '—' }: { readonly at: string | null | undefined; readonly none?: string }) {
  const nowMs = useNow();
  if (at === null || at === undefined) return <span className="text-muted">{none}</span>;
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap">
      {relativeTime(at, nowMs)}
    </time>
  );
}
