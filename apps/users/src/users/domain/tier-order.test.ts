import { expect, test } from '@jest/globals';
import { tierLimits } from '@turnpike/service-kit';
import { tiersBelow } from './tier-order.ts';

const tiers = tierLimits.parse({
  steady: { per_minute: 60, per_day: 5_000 },
  bursts: { per_day: 1_000 },
});

test.each([
  ['free', []],
  ['pro', ['free']],
  ['steady', ['free', 'pro']],
  ['enterprise', ['free', 'pro', 'steady']],
  ['bursts', ['free', 'pro', 'enterprise', 'steady']],
])('%s is above %j', (tier, below) => {
  expect(tiersBelow(tiers, tier).filter((name) => !['anonymous', 'admin', 'service'].includes(name))).toEqual(below);
});
