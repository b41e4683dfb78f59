import type { TierSettings } from '@turnpike/service-kit';

/** The tiers that allow less than one of them: fewer requests a minute, or as many, and fewer a day. */
export function tiersBelow(tiers: TierSettings, tier: string): string[] {
  return Object.keys(tiers).filter((other) => compare(tiers[other], tiers[tier]) < 0);
}

type Limits = TierSettings[string] | undefined;

function compare(a: Limits, b: Limits): number {
  return difference(a?.per_minute, b?.per_minute) || difference(a?.per_day, b?.per_day);
}

/** What is not limited is more than any number. */
function difference(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a - b;
}
