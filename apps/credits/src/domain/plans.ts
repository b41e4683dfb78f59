import { z } from 'zod';
import { TIER_NAME } from '@turnpike/contracts';
import { parseCredits } from './amounts.ts';

/** A plan as the configuration has it; `amount` in micro-credits. */
export interface Plan {
  readonly id: string;
  readonly amount: bigint;
  readonly period: 'day' | 'week' | 'month' | 'year';
  /** How many periods a grant lasts; `null`: it does not expire. */
  readonly lifetimePeriods: number | null;
  /** Lower is spent first. */
  readonly priority: number;
  readonly name: string;
  readonly description: string;
  /** Its place in the list: further down is higher. */
  readonly rank: number;
  /** Rate-limit tier of an organisation on it. */
  readonly tier: string;
  /** `null` where none is stated. */
  readonly price: Price | null;
  /** How an organisation comes onto it: by asking, by an operator's invoice, by paying. */
  readonly checkout: 'none' | 'manual' | 'stripe';
  /** Stripe's id of the price; `null` where the environment does not name it. */
  readonly stripePriceId: string | null;
  /** Products of the App Store that are subscriptions to it. */
  readonly appleProductIds: readonly string[];
  /** Whether organisations are offered it. */
  readonly public: boolean;
  readonly trialDays: number;
  readonly features: readonly string[];
  /** What an organisation on it may have at most. */
  readonly limits: { readonly members?: number | undefined; readonly keys?: number | undefined };
}

/** What a plan costs, in the smallest unit of the currency. */
export interface Price {
  readonly amount: number;
  readonly currency: string;
  readonly period: 'month' | 'year';
}

/** Ids of prices at Stripe. */
const PRICE_ID = /^price_[A-Za-z0-9]{1,200}$/;
/** Highest price, in the smallest unit of its currency, and highest limit. */
const PRICE_MAX = 100_000_000;
const LIMIT_MAX = 1_000_000;
const TRIAL_DAYS_MAX = 365;

const limit = z.number().int().min(1).max(LIMIT_MAX);
const line = (max: number) => z.string().trim().min(1).max(max);

const planEntry = z
  .strictObject({
    credits: z.union([z.number().min(0).max(1_000_000_000), z.string()]).transform((value, context): bigint => {
      const micro = parseCredits(String(value));
      if (micro !== undefined && micro > 0n) return micro;
      context.addIssue({ code: 'custom', message: 'credits must be above zero, with at most six decimals' });
      return z.NEVER;
    }),
    period: z.enum(['day', 'week', 'month', 'year']),
    lifetime_periods: z.number().int().min(1).max(1_000).nullable().default(1),
    priority: z.number().int().min(0).max(1_000).default(50),
    name: line(100).optional(),
    description: line(1_000).optional(),
    tier: z.string().regex(TIER_NAME).default('free'),
    price: z
      .strictObject({
        amount: z.number().int().min(1).max(PRICE_MAX),
        currency: z.string().regex(/^[a-z]{3}$/, 'currencies are three lower-case letters, such as usd'),
        period: z.enum(['month', 'year']).default('month'),
      })
      .nullish(),
    checkout: z.enum(['none', 'manual', 'stripe']).optional(),
    stripe_price_id: z
      .string()
      .regex(/^(?:price_[A-Za-z0-9]{1,200}|[A-Z][A-Z0-9_]{0,63})$/, 'name an environment variable, or an id price_…')
      .optional(),
    apple_product_ids: z.array(line(255)).max(20).default([]),
    public: z.boolean().default(false),
    trial_days: z.number().int().min(0).max(TRIAL_DAYS_MAX).default(0),
    features: z.array(line(200)).max(50).default([]),
    limits: z.strictObject({ members: limit.optional(), keys: limit.optional() }).default({}),
  })
  .refine(({ price, checkout }) => !price || checkout !== 'none', {
    path: ['checkout'],
    message: 'what has a price is paid: manual or stripe',
  })
  .refine(({ price, checkout, stripe_price_id: id }) => checkout !== 'stripe' || (price && id !== undefined), {
    path: ['checkout'],
    message: 'stripe needs price and stripe_price_id',
  });

const planList = z.object({
  plans: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'plan names are 1–32 lower-case letters, digits, _ and -'),
      planEntry,
    )
    .nullable()
    .transform((plans) => plans ?? {}),
});

/** What the list is read with. */
export interface PlanListTools {
  /** Names of environment variables that ids of prices are taken from; a missing one is a plan that nobody can pay yet. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether an organisation can have the tier. */
  readonly isTier: (tier: string) => boolean;
}

/** Checks a parsed plans file. Returns its plans, or one sentence per fault. */
export function readPlanList(
  document: unknown,
  { environment, isTier }: PlanListTools,
): { readonly plans: readonly Plan[] } | { readonly faults: readonly string[] } {
  const result = planList.safeParse(document);
  if (!result.success)
    return { faults: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  const plans = Object.entries(result.data.plans).map(([id, entry], rank) => planOf(id, entry, rank, environment));
  const faults = [
    ...plans.filter(({ tier }) => !isTier(tier)).map(({ id, tier }) => `plans.${id}.tier: there is no tier ${tier}`),
    ...plans
      .filter(({ stripePriceId: price }) => price !== null && !PRICE_ID.test(price))
      .map(({ id }) => `plans.${id}.stripe_price_id: the variable that it names holds no id price_…`),
    ...sharedNames(plans),
  ];
  return faults.length > 0 ? { faults } : { plans };
}

function planOf(
  id: string,
  entry: z.output<typeof planEntry>,
  rank: number,
  environment: PlanListTools['environment'],
): Plan {
  const named = entry.stripe_price_id;
  const priceId = named === undefined || PRICE_ID.test(named) ? named : environment[named];
  return {
    id,
    amount: entry.credits,
    period: entry.period,
    lifetimePeriods: entry.lifetime_periods,
    priority: entry.priority,
    name: entry.name ?? id,
    description: entry.description ?? '',
    rank,
    tier: entry.tier,
    price: entry.price ?? null,
    checkout: entry.checkout ?? checkoutOf(entry),
    stripePriceId: priceId || null,
    appleProductIds: entry.apple_product_ids,
    public: entry.public,
    trialDays: entry.trial_days,
    features: entry.features,
    limits: entry.limits,
  };
}

function checkoutOf({ price, stripe_price_id: id }: z.output<typeof planEntry>): Plan['checkout'] {
  if (!price) return 'none';
  return id === undefined ? 'manual' : 'stripe';
}

/** Two plans under one name of a provider: a payment would not say which one it pays. */
function sharedNames(plans: readonly Plan[]): string[] {
  const owners = new Map<string, string>();
  return plans.flatMap(({ id, stripePriceId, appleProductIds }) =>
    [...(stripePriceId === null ? [] : [stripePriceId]), ...appleProductIds].flatMap((name) => {
      const other = owners.get(name);
      owners.set(name, id);
      return other === undefined ? [] : [`plans.${id}: ${name} is the price of ${other} already`];
    }),
  );
}
