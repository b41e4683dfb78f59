import { z } from 'zod';
import { parseCredits } from './amounts.ts';

/** A recurring allowance as the configuration has it; `amount` in micro-credits. */
export interface Plan {
  readonly id: string;
  readonly amount: bigint;
  readonly period: 'day' | 'week' | 'month' | 'year';
  /** How many periods a grant lasts; `null`: it does not expire. */
  readonly lifetimePeriods: number | null;
  /** Lower is spent first. */
  readonly priority: number;
}

const planList = z.object({
  plans: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'plan names are 1–32 lower-case letters, digits, _ and -'),
      z.object({
        credits: z
          .union([z.number().int().min(1).max(1_000_000_000), z.string()])
          .transform((value, context): bigint => {
            const micro = parseCredits(String(value));
            if (micro !== undefined && micro > 0n) return micro;
            context.addIssue({ code: 'custom', message: 'credits must be above zero, with at most six decimals' });
            return z.NEVER;
          }),
        period: z.enum(['day', 'week', 'month', 'year']),
        lifetime_periods: z.number().int().min(1).max(1_000).nullable().default(1),
        priority: z.number().int().min(0).max(1_000).default(50),
      }),
    )
    .nullable()
    .transform((plans) => plans ?? {}),
});

/** Checks a parsed plans file. Returns its plans, or one sentence per fault. */
export function readPlanList(
  document: unknown,
): { readonly plans: readonly Plan[] } | { readonly faults: readonly string[] } {
  const result = planList.safeParse(document);
  if (!result.success)
    return { faults: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  return {
    plans: Object.entries(result.data.plans).map(([id, plan]) => ({
      id,
      amount: plan.credits,
      period: plan.period,
      lifetimePeriods: plan.lifetime_periods,
      priority: plan.priority,
    })),
  };
}
