import { Button } from './button.tsx';
import { count } from './format.ts';

interface PaginationProps {
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
  /** More than `total` were not counted. */
  readonly capped?: boolean;
  readonly onOffset: (offset: number) => void;
}

/** Steps through a list that the server pages; the place stands in the address. */
export function Pagination({ offset, limit, total, capped = false, onOffset }: PaginationProps) {
  if (total <= limit && offset === 0) return null;
  const last = Math.min(offset + limit, total);
  return (
    <nav
      aria-label="Pages"
      className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-5 py-3"
    >
      <p className="text-sm text-muted">
        {count(offset + 1)}–{count(last)} of {capped ? 'more than ' : ''}
        {count(total)}
      </p>
      <div className="flex gap-2">
        <Button small disabled={offset === 0} onClick={() => onOffset(Math.max(0, offset - limit))}>
          Previous
        </Button>
        <Button small disabled={last >= total} onClick={() => onOffset(offset + limit)}>
          Next
        </Button>
      </div>
    </nav>
  );
}
