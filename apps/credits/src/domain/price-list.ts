import { z } from 'zod';
import { transactionType, type TransactionType } from '@turnpike/contracts';
import { parseCredits } from './amounts.ts';

/** One line of the price list; cost in micro-credits. */
export interface PriceEntry {
  readonly operation: string;
  readonly cost: bigint;
  readonly transactionType: TransactionType;
}

const cost = z
  .union([z.number().int().min(1).max(1_000_000_000), z.string()], {
    error: 'cost must be a whole number, or a decimal in quotes such as "0.25"',
  })
  .transform((value, context): bigint => {
    const micro = parseCredits(String(value));
    if (micro !== undefined && micro > 0n) return micro;
    context.addIssue({ code: 'custom', message: 'cost must be above zero, with at most six decimals' });
    return z.NEVER;
  });

const priceList = z.object({
  costs: z.record(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9_.:-]{0,63}$/, 'operation names are 1–64 lower-case letters, digits, and _ . : -'),
    z.object({
      cost,
      type: transactionType.extract(['generation', 'chat', 'temporal', 'adjustment']).default('generation'),
    }),
  ),
});

/** Checks a parsed price file. Gives its entries, or one sentence per fault. */
export function readPriceList(
  document: unknown,
): { readonly entries: readonly PriceEntry[] } | { readonly faults: readonly string[] } {
  const result = priceList.safeParse(document);
  if (!result.success)
    return { faults: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  return {
    entries: Object.entries(result.data.costs).map(([operation, entry]) => ({
      operation,
      cost: entry.cost,
      transactionType: entry.type,
    })),
  };
}
