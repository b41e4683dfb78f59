import { z } from 'zod';
import type { Window } from './windows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const tierLimits = z
  .object({
    per_minute: z.number().int().positive().max(100_000_000).optional(),
    per_day: z.number().int().positive().max(10_000_000_000).optional(),
  })
  .refine((tier) => tier.per_minute !== undefined || tier.per_day !== undefined, 'needs per_minute, per_day, or both');

/** The shape of `RATE_LIMIT_TIERS`: limits by tier name. */
export const tiersSchema = z.record(z.string(), tierLimits);
export type TierSettings = z.output<typeof tiersSchema>;

/**
 * The limits without configuration; a configured tier replaces the default of the same name. `anonymous` counts by client address.
 * `admin` and `service` are for callers with an operator's key: generous, because scripts and backends work in bursts, and still bounded,
 * because a leaked key should not be able to flood.
 */
export const DEFAULT_TIERS: TierSettings = {
  free: { per_minute: 10, per_day: 100 },
  pro: { per_minute: 60, per_day: 1_000 },
  enterprise: { per_minute: 300, per_day: 10_000 },
  anonymous: { per_minute: 60 },
  admin: { per_minute: 6_000 },
  service: { per_minute: 60_000 },
};

/** A window of one minute. */
export function perMinute(limit: number, name = 'minute'): Window {
  return { name, limit, lengthMs: MINUTE_MS };
}

/** The windows of every tier, prepared once. A tier nobody configured is treated as `free`, the least of the signed-in ones. */
export class Tiers {
  readonly #windows: ReadonlyMap<string, readonly Window[]>;

  constructor(configured: TierSettings) {
    const settings = Object.entries({ ...DEFAULT_TIERS, ...configured });
    this.#windows = new Map(settings.map(([name, limits]) => [name, windowsOf(limits)]));
  }

  windowsOf(tier: string): readonly Window[] {
    return this.#windows.get(tier) ?? this.#windows.get('free') ?? [];
  }
}

function windowsOf(limits: TierSettings[string]): readonly Window[] {
  return [
    ...(limits.per_minute === undefined ? [] : [perMinute(limits.per_minute)]),
    ...(limits.per_day === undefined ? [] : [{ name: 'day', limit: limits.per_day, lengthMs: DAY_MS }]),
  ];
}
