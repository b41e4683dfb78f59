import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AppError } from '../src/http/errors.ts';
import { tierSettings } from '../src/process/settings.ts';
import { requireTier, tiersShownTo } from '../src/process/tiers.ts';

const settings = z.object(tierSettings);
const tiersOf = (text?: string) => settings.parse({ RATE_LIMIT_TIERS: text }).RATE_LIMIT_TIERS;
const refusalOf = (tier: string, text?: string): AppError | undefined => {
  try {
    requireTier(tiersOf(text), tier);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return undefined;
};

test('configured tiers are laid over the defaults', () => {
  expect(tiersOf('{"free":{"per_day":5},"gold":{"per_minute":9}}')).toMatchObject({
    free: { per_day: 5 },
    pro: { per_minute: 60, per_day: 1_000 },
    gold: { per_minute: 9 },
  });
  expect(() => tiersOf('{"Gold Tier":{"per_minute":9}}')).toThrow(/lower-case/);
});

test('every tier bounds what is under way at once: by its own number, its default, or that of free', () => {
  const text = '{"free":{"per_day":5,"concurrent":7},"pro":{"per_day":5},"gold":{"per_minute":9}}';
  const concurrent = Object.entries(tiersOf(text)).map(([name, tier]) => [name, tier.concurrent]);
  expect(Object.fromEntries(concurrent)).toEqual({
    free: 7,
    pro: 100,
    enterprise: 200,
    gold: 50,
    anonymous: 100,
    admin: 100,
    service: 250,
  });
});

describe('a tier that users cannot have is 422 with the list of those they can', () => {
  test.each([
    ['gold', undefined, 'Must be one of free, pro, enterprise'],
    ['silver', '{"gold":{"per_minute":9}}', 'Must be one of free, pro, enterprise, gold'],
    ['service', undefined, 'Must be one of free, pro, enterprise'],
    ['admin', undefined, 'Must be one of free, pro, enterprise'],
    ['anonymous', undefined, 'Must be one of free, pro, enterprise'],
    ['constructor', undefined, 'Must be one of free, pro, enterprise'],
  ])('%s', (tier, text, message) => {
    expect(refusalOf(tier, text)).toMatchObject({ status: 422, errors: [{ path: 'body.tier', message }] });
  });

  test.each([
    ['enterprise', undefined],
    ['gold', '{"gold":{"per_minute":9}}'],
  ])('%s is none', (tier, text) => {
    expect(refusalOf(tier, text)).toBeUndefined();
  });
});

test('of the tiers a person sees those that every installation has and their own, from the narrowest to the widest', () => {
  const tiers = tiersOf('{"gold":{"per_minute":90},"partner":{"per_minute":20},"free":{"per_day":5}}');
  const seenIn = (own: string): string[] => tiersShownTo(own, tiers).map(({ tier }) => tier);
  expect(seenIn('gold')).toEqual(['free', 'pro', 'enterprise', 'gold']);
  expect(seenIn('free')).toEqual(['free', 'pro', 'enterprise']);
  expect(seenIn('admin')).toEqual(['free', 'pro', 'enterprise']);
});
