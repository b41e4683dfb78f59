import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode, SubmitEvent } from 'react';
import { countOf, given, textOf } from '../../app/search.ts';
import { Button } from '../../design/button.tsx';
import { DataTable, type Column } from '../../design/data-table.tsx';
import { Filters } from '../../design/filters.tsx';
import { Pagination } from '../../design/pagination.tsx';
import { Loaded } from '../../design/states.tsx';

/** Rows of a page. */
export const PAGE_ROWS = 25;
/** Where the gateway stops to count. */
const COUNTED_MAX = 10_000;

/** The filters and the place of the list on the screen, and how to change them in the address. */
export function useList() {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = (changes: Readonly<Record<string, string | number | undefined>>): void =>
    void navigate({ to: '.', search: (before: Record<string, unknown>) => given({ ...before, ...changes }) } as never);
  return {
    /** A filter, where it is set. */
    filter: (name: string) => textOf(search, name, 256),
    offset: countOf(search, 'offset') ?? 0,
    set,
  };
}

/** The fields of a list's filters; they act when the form is sent. */
export function FilterForm({ children }: { readonly children: ReactNode }) {
  const { set } = useList();
  const apply = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const changes: Record<string, string | undefined> = { offset: undefined };
    for (const [name, value] of new FormData(event.currentTarget))
      changes[name] = typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
    set(changes);
  };
  return (
    <form onSubmit={apply}>
      <Filters>
        {children}
        <Button type="submit">Search</Button>
      </Filters>
    </form>
  );
}

interface PagedProps<Row> {
  readonly query: {
    readonly data: { readonly items: readonly Row[]; readonly total: number } | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly empty: ReactNode;
}

/** A list that the server pages. */
export function PagedTable<Row extends object>({ query, ...table }: PagedProps<Row>) {
  const { offset, set } = useList();
  return (
    <Loaded query={query}>
      {({ items, total }) => (
        <>
          <DataTable {...table} rows={items} />
          <Pagination
            offset={offset}
            limit={PAGE_ROWS}
            total={total}
            capped={total >= COUNTED_MAX}
            onOffset={(to) => set({ offset: to === 0 ? undefined : to })}
          />
        </>
      )}
    </Loaded>
  );
}
