import { z } from 'zod';
import type { AllowanceResult } from '../domain/grant.ts';
import type { Owner } from '../domain/owner.ts';
import type { Plan } from '../domain/plans.ts';
import type { Database } from './database.ts';
import { allowanceFromWire, wire } from './ledger-wire.ts';

/** Who is put on which plan. */
export interface AllowanceStart {
  readonly owner: Owner;
  readonly plan: string;
  /** Start of the first period; now on the database's clock unless given. */
  readonly anchorAt?: Date | undefined;
}

/** Recurring grants. The database knows the periods; see ledger_renew. */
export interface AllowanceStore {
  /** Takes over the plans of the configuration. */
  load(plans: readonly Plan[]): Promise<void>;
  start(start: AllowanceStart): Promise<AllowanceResult>;
  /** False where the owner was not on the plan. */
  end(owner: Owner, plan: string): Promise<boolean>;
}

const rows = {
  start: z.object({ result: wire.allowance }),
  end: z.object({ ended: z.boolean() }),
} as const;

export function createAllowanceStore(db: Database): AllowanceStore {
  return {
    async load(plans) {
      const items = plans.map((plan) => ({
        id: plan.id,
        amount: plan.amount.toString(),
        period: plan.period,
        lifetime_periods: plan.lifetimePeriods,
        priority: plan.priority,
        name: plan.name,
        description: plan.description,
        rank: plan.rank,
        tier: plan.tier,
        price_amount: plan.price?.amount,
        price_currency: plan.price?.currency,
        price_period: plan.price?.period,
        checkout: plan.checkout,
        stripe_price_id: plan.stripePriceId,
        apple_product_ids: plan.appleProductIds,
        public: plan.public,
        trial_days: plan.trialDays,
        features: plan.features,
        limits: plan.limits,
      }));
      await db.prisma.$executeRaw`SELECT ledger_load_plans(${JSON.stringify(items)}::jsonb)`;
    },
    async start({ owner, plan, anchorAt }) {
      const { result } = await db.one(rows.start)`
        SELECT ledger_start_allowance(${owner.type}, ${owner.id}::uuid, ${plan}, ${anchorAt ?? null}::timestamptz) AS result`;
      return allowanceFromWire(result);
    },
    async end(owner, plan) {
      const { ended } = await db.one(
        rows.end,
      )`SELECT ledger_end_allowance(${owner.type}, ${owner.id}::uuid, ${plan}) AS ended`;
      return ended;
    },
  };
}
