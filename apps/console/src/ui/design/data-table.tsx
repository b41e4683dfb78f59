import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
  type ColumnDef,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

/** A column: what it shows of a row, and, where rows may be sorted by it, by what. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Sorts the rows that are on the screen. Lists that the server pages have an order of their own. */
  readonly sortBy?: (row: Row) => string | number;
  readonly numeric?: boolean;
  /** What can be done with a row: the name is only read aloud. */
  readonly unnamed?: boolean;
  /** What the row is about, by which its card begins on a narrow screen: the first column, unless another says so. */
  readonly lead?: boolean;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Shown in place of rows where there are none. */
  readonly empty: ReactNode;
}

/** Rows of one kind; on a narrow screen each is a card. */
export function DataTable<Row extends object>({ caption, columns, rows, rowKey, empty }: DataTableProps<Row>) {
  const helper = createColumnHelper<typeof features, Row>();
  const definitions = columns.map((column) =>
    helper.accessor((row) => column.sortBy?.(row) ?? '', {
      id: column.name,
      enableSorting: column.sortBy !== undefined,
    }),
  ) as ColumnDef<typeof features, Row>[];
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowKey });
  const byName = new Map(columns.map((column) => [column.name, column]));
  const lead = columns.find((column) => column.lead === true) ?? columns[0];
  if (rows.length === 0) return empty;
  return (
    <div className="relative overflow-x-auto">
      <table className="stacking w-full border-collapse text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line">
              {group.headers.map(({ id, column }) => (
                <Heading
                  key={id}
                  column={byName.get(id)}
                  sorted={column.getIsSorted()}
                  onSort={column.getToggleSortingHandler()}
                />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className="border-b border-line last:border-0 hover:bg-sunken">
              {columns.map(({ name, cell, numeric, unnamed }) => (
                <td
                  key={name}
                  data-label={unnamed === true ? undefined : name}
                  data-lead={name === lead?.name ? '' : undefined}
                  className={classes(
                    'cell',
                    numeric === true && 'text-right whitespace-nowrap',
                    unnamed === true && 'text-right',
                  )}
                >
                  {cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<Row> {
  readonly column: Column<Row> | undefined;
  readonly sorted: false | 'asc' | 'desc';
  readonly onSort: ((event: unknown) => void) | undefined;
}

function Heading<Row>({ column, sorted, onSort }: HeadingProps<Row>) {
  if (column === undefined) return null;
  const { name, numeric = false, unnamed = false, sortBy } = column;
  const order = sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none';
  return (
    <th
      scope="col"
      aria-sort={sortBy === undefined ? undefined : order}
      className={classes('px-5 py-2.5 text-sm font-medium whitespace-nowrap text-muted', numeric && 'text-right')}
    >
      {sortBy === undefined || onSort === undefined ? (
        <span className={unnamed ? 'sr-only' : undefined}>{name}</span>
      ) : (
        <button type="button" onClick={onSort} className="inline-flex items-center gap-1 rounded hover:text-text">
          {name}
          {sorted === 'asc' ? (
            <ArrowUp size={13} aria-hidden />
          ) : sorted === 'desc' ? (
            <ArrowDown size={13} aria-hidden />
          ) : null}
        </button>
      )}
    </th>
  );
}
