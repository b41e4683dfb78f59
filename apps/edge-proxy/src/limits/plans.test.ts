import { expect, test } from '@jest/globals';
import { stripeWebhook } from '@turnpike/contracts';
import { DEFAULT_TIERS } from '@turnpike/service-kit';
import { Tiers } from '../domain/tiers.ts';
import { routeOf } from '../routing/first-party.ts';
import { Plans } from './plans.ts';

test('a payment provider is counted by a limit of its own, which a stranger’s does not stop', () => {
  const plans = new Plans(new Tiers(DEFAULT_TIERS, () => {}), () => 0);
  const { subjects } = plans.planFor({ kind: 'anonymous' }, routeOf(stripeWebhook), '203.0.113.7');
  expect(subjects.map(({ windows }) => windows.map(({ limit }) => limit))).toEqual([[6_000]]);
});
