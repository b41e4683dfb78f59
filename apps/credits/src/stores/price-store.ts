import type { EventPayload, TransactionType } from '@turnpike/contracts';
import type { PriceEntry } from '../domain/price-list.ts';
import type { Database } from './database.ts';

/** A price in force; cost in micro-credits. */
export interface Price {
  readonly operation: string;
  readonly version: number;
  readonly cost: bigint;
  readonly transactionType: TransactionType;
  readonly retired: boolean;
}

export interface PriceStore {
  /** Every operation that can be reserved. */
  current(): Promise<Price[]>;
  /**
   * A `cost` of undefined retires; `undefined` is returned for an operation that never had a price. `report` goes to
   * the audit trail if the price changes, with the operation, both prices and the version added.
   */
  set(
    operation: string,
    cost: bigint | undefined,
    transactionType: TransactionType | undefined,
    report?: EventPayload<'audit.recorded'>,
  ): Promise<Price | undefined>;
  /** Takes over the price list of the file; returns how many prices changed. */
  load(entries: readonly PriceEntry[]): Promise<number>;
}

interface PriceRow {
  readonly operation: string | null;
  readonly version: number;
  readonly cost: bigint;
  readonly transaction_type: TransactionType;
  readonly retired: boolean;
}

export function createPriceStore({ prisma }: Database): PriceStore {
  return {
    async current() {
      const rows = await prisma.$queryRaw<PriceRow[]>`
        SELECT * FROM (SELECT DISTINCT ON (operation) operation, version, cost, transaction_type, retired FROM price ORDER BY operation, version DESC) newest
         WHERE NOT retired ORDER BY operation`;
      return rows.flatMap((row) => toPrice(row) ?? []);
    },
    async set(operation, cost, transactionType, report) {
      const [row] = await prisma.$queryRaw<PriceRow[]>`
        SELECT operation, version, cost, transaction_type, retired
          FROM ledger_set_price(${operation}, ${cost?.toString() ?? null}::bigint, ${transactionType ?? null}, 'admin',
                                ${report ? JSON.stringify(report) : null}::jsonb)`;
      return row && toPrice(row);
    },
    async load(entries) {
      const items = entries.map((entry) => ({
        operation: entry.operation,
        cost: entry.cost.toString(),
        transaction_type: entry.transactionType,
      }));
      const [row] = await prisma.$queryRaw<
        [{ changed: number }]
      >`SELECT ledger_load_prices(${JSON.stringify(items)}::jsonb) AS changed`;
      return row.changed;
    },
  };
}

function toPrice(row: PriceRow): Price | undefined {
  if (row.operation === null) return undefined;
  return {
    operation: row.operation,
    version: row.version,
    cost: row.cost,
    transactionType: row.transaction_type,
    retired: row.retired,
  };
}
