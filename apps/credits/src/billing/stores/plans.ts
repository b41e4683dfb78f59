import { z } from 'zod';
import type { Db } from '../../stores/database.ts';

const plan = z.object({
  id: z.string(),
  amount: z.bigint(),
  period: z.enum(['day', 'week', 'month', 'year']),
  name: z.string(),
  description: z.string(),
  rank: z.number(),
  tier: z.string(),
  priceAmount: z.bigint().nullable(),
  priceCurrency: z.string().nullable(),
  pricePeriod: z.enum(['month', 'year']).nullable(),
  checkout: z.enum(['none', 'manual', 'stripe']),
  stripePriceId: z.string().nullable(),
  public: z.boolean(),
  trialDays: z.number(),
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number()),
  withdrawnAt: z.date().nullable(),
});

/** A plan as the database has it; `amount` in micro-credits, `priceAmount` in the smallest unit of its currency. */
export type StoredPlan = Readonly<z.output<typeof plan>>;

/** Plans, the lowest first, former ones too. */
export function listPlans(db: Db): Promise<StoredPlan[]> {
  return db.many(plan)`
    SELECT id, amount, period, name, description, rank, tier, price_amount AS "priceAmount", price_currency AS "priceCurrency",
           price_period AS "pricePeriod", checkout, stripe_price_id AS "stripePriceId", public, trial_days AS "trialDays", features, limits,
           withdrawn_at AS "withdrawnAt"
      FROM plan ORDER BY rank, id`;
}

/** A plan by its name, a former one too. */
export async function findPlan(db: Db, id: string): Promise<StoredPlan | undefined> {
  return (await listPlans(db)).find((each) => each.id === id);
}
