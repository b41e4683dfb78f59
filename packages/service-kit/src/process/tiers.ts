import { z } from 'zod';
import { TIER_NAME } from '@turnpike/contracts';
import { AppError } from '../http/errors.ts';

const MINUTES_A_DAY = 1_440;

const limits = z
  .object({
    per_minute: z.number().int().positive().max(100_000_000).optional(),
    per_day: z.number().int().positive().max(10_000_000_000).optional(),
    /** Requests, streams and sockets of one caller under way at one upstream, for each edge process. */
    concurrent: z.number().int().positive().max(100_000).optional(),
  })
  .refine((tier) => tier.per_minute !== undefined || tier.per_day !== undefined, 'needs per_minute, per_day, or both');

/** The shape of `RATE_LIMIT_TIERS`: limits by tier name. */
const tierLimitsByName = z.record(
  z.string().regex(TIER_NAME, 'tier names are 1–32 lower-case letters, digits, _ and -, beginning with a letter'),
  limits,
);
type TierLimits = z.output<typeof limits> & { readonly concurrent: number };
export type TierSettings = Readonly<Record<string, TierLimits>>;

/** What users can have. `free` is what a user has about whom nothing else was said. */
const USER_TIERS = {
  free: { per_minute: 10, per_day: 100, concurrent: 50 },
  pro: { per_minute: 60, per_day: 1_000, concurrent: 100 },
  enterprise: { per_minute: 300, per_day: 10_000, concurrent: 200 },
} as const satisfies TierSettings;

/**
 * Limits of callers that are no users: `anonymous` counts by client address, `admin` and `service` are for operators'
 * keys. Those are generous, because scripts work in bursts, and bounded, because a leaked key must not be able to
 * flood.
 */
const CALLER_TIERS = {
  anonymous: { per_minute: 60, concurrent: 100 },
  admin: { per_minute: 6_000, concurrent: 100 },
  service: { per_minute: 60_000, concurrent: 250 },
} as const satisfies TierSettings;

/** The limits without configuration. */
export const DEFAULT_TIERS: TierSettings = { ...USER_TIERS, ...CALLER_TIERS };

/** `RATE_LIMIT_TIERS`, parsed: the limits by tier, laid over the defaults. A tier always has a `concurrent`: the default's of its name, or free's. */
export const tierLimits = tierLimitsByName.transform((configured): TierSettings => {
  const complete = Object.entries(configured).map(([name, given]): [string, TierLimits] => [
    name,
    { ...given, concurrent: given.concurrent ?? (DEFAULT_TIERS[name] ?? USER_TIERS.free).concurrent },
  ]);
  return { ...DEFAULT_TIERS, ...Object.fromEntries(complete) };
});

/** Whether users can have the tier. */
export function isUserTier(tiers: TierSettings, tier: string): boolean {
  return Object.hasOwn(tiers, tier) && !Object.hasOwn(CALLER_TIERS, tier);
}

/**
 * What users' tiers allow, from the narrowest to the widest: the tiers that every installation has, and `own`. Further ones were made for somebody, and are
 * nobody else's business.
 */
export function tiersShownTo(own: string, tiers: TierSettings): ({ readonly tier: string } & TierLimits)[] {
  return Object.entries(tiers)
    .filter(([tier]) => Object.hasOwn(USER_TIERS, tier) || (tier === own && isUserTier(tiers, tier)))
    .map(([tier, given]) => ({ tier, ...given }))
    .toSorted((a, b) => dailyMax(a) - dailyMax(b));
}

/** Requests that a tier allows in a day at most. */
function dailyMax({ per_minute: perMinute = Infinity, per_day: perDay = Infinity }: TierLimits): number {
  return Math.min(perMinute * MINUTES_A_DAY, perDay);
}

/** Refuses a tier that no user can have: 422 with the list of those that one can. `path` is where it stands in the request. */
export function requireTier(tiers: TierSettings, tier: string | null | undefined, path = 'body.tier'): void {
  if (tier === undefined || tier === null || isUserTier(tiers, tier)) return;
  const names = Object.keys(tiers).filter((name) => isUserTier(tiers, name));
  const message = `Must be one of ${names.join(', ')}`;
  throw new AppError('request.invalid', { detail: `${path}: ${message}.`, errors: [{ path, message }] });
}
