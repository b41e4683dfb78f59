import type { getLimits, Output } from '@turnpike/contracts';
import { tiersShownTo, type TierSettings } from '@turnpike/service-kit';
import { tierOf } from '../domain/principal.ts';
import { tightest } from '../domain/windows.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { FAMILY_LIMITS } from '../routing/first-party.ts';
import type { Limits } from './create-limits.ts';

/** What is left of the caller's limits, read without counting anything. A key's own window stands once, though it counts in several places. */
export async function limitsOf(
  { caller, origin }: Pick<Exchange, 'caller' | 'origin'>,
  { plans, limiter }: Pick<Limits, 'plans' | 'limiter'>,
  settings: TierSettings,
): Promise<Output<typeof getLimits>> {
  const all = plans.allOf(caller, origin.address, FAMILY_LIMITS);
  const decisions = await Promise.all(all.map((plan) => limiter.peek(plan)));
  const binding = tightest(decisions[0]?.states ?? []);
  const windows = decisions.flatMap(({ states }, place) =>
    states
      .filter(({ window }) => place === 0 || window.name !== 'key')
      .map((state) => ({
        name: state.window.name,
        limit: state.window.limit,
        used: state.window.limit - state.remaining,
        remaining: state.remaining,
        resets_at: new Date(state.resetAtMs).toISOString(),
        binding: state === binding,
      })),
  );
  const tier = tierOf(caller) ?? 'free';
  const tiers = tiersShownTo(tier, settings).map(
    ({ per_minute: perMinute = null, per_day: perDay = null, ...rest }) => ({
      ...rest,
      per_minute: perMinute,
      per_day: perDay,
    }),
  );
  return { tier, windows, tiers };
}
