import { z } from 'zod';
import { transactionType, type TransactionType } from '@turnpike/contracts';
import type { AuditReport } from '../domain/grant.ts';
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

/** A price that an operator sets, or takes off the list. */
export interface PriceChange {
  readonly operation: string;
  /** `undefined` retires the operation. */
  readonly cost: bigint | undefined;
  /** As it was unless given. */
  readonly transactionType?: TransactionType | undefined;
  /** Sent if the price changes, with the operation, both prices and the version added. */
  readonly report?: AuditReport | undefined;
}

export interface PriceStore {
  /** Every operation that can be reserved. */
  current(): Promise<Price[]>;
  /** `undefined` where an operation is retired that never had a price. */
  set(change: PriceChange): Promise<Price | undefined>;
  /** Takes over the price list of the file; returns how many prices changed. */
  load(entries: readonly PriceEntry[]): Promise<number>;
}

const rows = {
  price: z.object({
    operation: z.string(),
    version: z.number(),
    cost: z.bigint(),
    transactionType,
    retired: z.boolean(),
  }),
  loaded: z.object({ changed: z.number() }),
} as const;

export function createPriceStore(db: Database): PriceStore {
  return {
    current: () => db.many(rows.price)`
      SELECT operation, version, cost, transaction_type AS "transactionType", retired
        FROM (SELECT DISTINCT ON (operation) * FROM price ORDER BY operation, version DESC) newest
       WHERE NOT retired ORDER BY operation`,
    set: ({ operation, cost, transactionType: type, report }) =>
      db.maybeOne(rows.price)`
        SELECT operation, version, cost, transaction_type AS "transactionType", retired
          FROM ledger_set_price(${operation}, ${cost?.toString() ?? null}::bigint, ${type ?? null}, 'admin',
                                ${report ? JSON.stringify(report) : null}::jsonb)
         WHERE operation IS NOT NULL`,
    async load(entries) {
      const items = entries.map((entry) => ({
        operation: entry.operation,
        cost: entry.cost.toString(),
        transaction_type: entry.transactionType,
      }));
      const { changed } = await db.one(
        rows.loaded,
      )`SELECT ledger_load_prices(${JSON.stringify(items)}::jsonb) AS changed`;
      return changed;
    },
  };
}
