import { isUserTier, type TierSettings } from '@turnpike/service-kit';
import { perMinute, type Window } from './windows.ts';

const DAY_MS = 86_400_000;
/** Unknown tiers that are reported, each once. */
const UNKNOWN_REPORTED_MAX = 100;

/** The windows of every tier, prepared once. */
export class Tiers {
  readonly #settings: TierSettings;
  readonly #windows: ReadonlyMap<string, readonly Window[]>;
  readonly #onUnknown: (tier: string) => void;
  readonly #unknown = new Set<string>();

  /** `onUnknown` is told once of each tier that users have and the settings do not name: one that was taken out of them. */
  constructor(settings: TierSettings, onUnknown: (tier: string) => void) {
    this.#settings = settings;
    this.#onUnknown = onUnknown;
    this.#windows = new Map(Object.entries(settings).map(([name, limits]) => [name, windowsOf(limits)]));
  }

  /** The windows of callers that are no users. */
  windowsOfCaller(kind: 'anonymous' | 'admin' | 'service'): readonly Window[] {
    return this.#windows.get(kind) ?? [];
  }

  /** The windows of a user's tier; those of `free`, the least, for one that no user can have. */
  windowsOfUser(tier: string): readonly Window[] {
    return this.#windows.get(this.#known(tier)) ?? [];
  }

  /** How many requests and streams may be under way at one upstream, by who is calling. */
  concurrentOfCaller(kind: 'anonymous' | 'admin' | 'service'): number {
    return this.#settings[kind]?.concurrent ?? 1;
  }

  /** The same for a user. */
  concurrentOfUser(tier: string): number {
    return this.#settings[this.#known(tier)]?.concurrent ?? 1;
  }

  #known(tier: string): string {
    if (isUserTier(this.#settings, tier)) return tier;
    if (!this.#unknown.has(tier) && this.#unknown.size < UNKNOWN_REPORTED_MAX) {
      this.#unknown.add(tier);
      this.#onUnknown(tier);
    }
    return 'free';
  }
}

function windowsOf(limits: TierSettings[string]): readonly Window[] {
  return [
    ...(limits.per_minute === undefined ? [] : [perMinute(limits.per_minute)]),
    ...(limits.per_day === undefined ? [] : [{ name: 'day', limit: limits.per_day, lengthMs: DAY_MS }]),
  ];
}
