import { z } from 'zod';
import { creditField, transactionType, type TransactionType } from '@turnpike/contracts';
import { parseCredits } from './amounts.ts';

/** One line of the price list; cost in micro-credits. */
export interface PriceEntry {
  readonly operation: string;
  readonly cost: bigint;
  readonly transactionType: TransactionType;
}

const priceList = z.object({
  costs: z.record(
    creditField.operation,
    z.object({
      cost: creditField.price,
      type: transactionType.extract(['generation', 'chat', 'temporal', 'adjustment']).default('generation'),
    }),
  ),
});

/** Micro-credits of a price that the contract has checked. */
export function priceInMicro(price: z.output<typeof creditField.price>): bigint {
  const micro = parseCredits(String(price));
  if (micro === undefined) throw new Error('an unchecked price');
  return micro;
}

/** Checks a parsed price file. Returns its entries, or one sentence per fault. */
export function readPriceList(
  document: unknown,
): { readonly entries: readonly PriceEntry[] } | { readonly faults: readonly string[] } {
  const result = priceList.safeParse(document);
  if (!result.success)
    return { faults: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  return {
    entries: Object.entries(result.data.costs).map(([operation, entry]) => ({
      operation,
      cost: priceInMicro(entry.cost),
      transactionType: entry.type,
    })),
  };
}
