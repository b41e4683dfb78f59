import type { Counted, TryWindow, TryWindows } from '../try-windows.ts';

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;
/** Failures of one client network at one address, in a quarter of an hour. */
const PER_ADDRESS_AND_NETWORK_MAX = 10;
/** Failures of one client network at all addresses together, in a quarter of an hour. */
const PER_NETWORK_MAX = 100;
/** Failures at one address in an hour, of all networks together that did not sign in to it before. */
const PER_ADDRESS_OF_STRANGERS_MAX = 50;
/** Tries of one process that may wait for others, and how long each, in milliseconds. */
const WAITING_MAX = 256;
const WAIT_MS_MAX = 10_000;
/** Pause after a failed call before Redis is asked again, in milliseconds. */
const RETRY_AFTER_MS = 500;

/** Who tries a password, and at what; address and networks as keyed hashes. */
export interface PasswordTry {
  readonly address: string;
  /** What counts as one client for a stranger: an IPv4 /24, an IPv6 /56. */
  readonly wideNetwork: string;
  /** What counts as one client once it has signed in: one IPv4 address, an IPv6 /64. */
  readonly network: string;
  /** Whether that network signed in to the address lately. */
  readonly known: boolean;
  /** Of the address's password, so that a new password begins with nothing counted. */
  readonly revision: string;
}

/** Too many wrong passwords were tried. */
export class TooManyTries extends Error {
  override readonly name = 'TooManyTries';
  readonly retryAfterSeconds: number;

  constructor(waitMs: number) {
    super('too many wrong passwords');
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  }
}

export interface ThrottleOptions {
  /** Shared by all instances. */
  readonly stored: TryWindows;
  /** Of this one, for as long as the shared ones fail. */
  readonly local: TryWindows;
  /** Milliseconds of a clock that never steps. */
  readonly monotonicMs: () => number;
  /** Told of the first failure of each outage. */
  readonly onOutage: (error: unknown) => void;
}

/**
 * Bounds wrong passwords. A try is counted before its password is looked at, so that no number of parallel ones gets past a limit, and taken
 * back when it proves right. A network that signed in to an address before shares no counter with anybody, so that nobody keeps its people out.
 */
export class PasswordThrottle {
  readonly #options: ThrottleOptions;
  readonly #underWay = new Map<string, UnderWay>();
  #waiting = 0;
  #outageUntilMs = Number.NEGATIVE_INFINITY;
  #outage = false;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /**
   * Runs `work`, which looks at the password, and returns its result; `undefined` stands for a wrong one, and stays counted. Where a limit is
   * reached only by tries that are still under way here, waits for those. Throws `TooManyTries`, and what `work` throws.
   */
  async attempt<T>(attempt: PasswordTry, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const windows = windowsOf(attempt);
    const target = windows.map(({ key }) => key).join();
    const { store, ends } = await this.#enter(windows, target);
    let wrong = false;
    try {
      const result = await work();
      wrong = result === undefined;
      return result;
    } finally {
      // One that cannot be taken back stays counted until its windows end.
      if (!wrong) await store.uncount(windows, ends).catch(() => {});
      this.#leave(target, wrong);
    }
  }

  async #enter(windows: readonly TryWindow[], target: string): Promise<{ store: TryWindows; ends: readonly number[] }> {
    const { monotonicMs } = this.#options;
    const untilMs = monotonicMs() + WAIT_MS_MAX;
    for (;;) {
      const { store, counted } = await this.#count(windows);
      const underWay = this.#underWay.get(target) ?? { tries: 0, waiters: [] };
      if ('ends' in counted) {
        underWay.tries += 1;
        this.#underWay.set(target, underWay);
        return { store, ends: counted.ends };
      }
      if (underWay.tries === 0 || this.#waiting >= WAITING_MAX || monotonicMs() >= untilMs)
        throw new TooManyTries(counted.waitMs);
      this.#waiting += 1;
      await new Promise<void>((resolve) => underWay.waiters.push(resolve));
      this.#waiting -= 1;
    }
  }

  /** A right one has made room for one that waits; a wrong one has not, unless it was the last that could. */
  #leave(target: string, wrong: boolean): void {
    const underWay = this.#underWay.get(target);
    if (underWay === undefined) return;
    underWay.tries -= 1;
    if (underWay.tries === 0) this.#underWay.delete(target);
    const woken = underWay.tries === 0 ? underWay.waiters : wrong ? [] : underWay.waiters.splice(0, 1);
    for (const wake of woken) wake();
  }

  async #count(windows: readonly TryWindow[]): Promise<{ store: TryWindows; counted: Counted }> {
    const { stored, local, monotonicMs, onOutage } = this.#options;
    if (monotonicMs() >= this.#outageUntilMs) {
      try {
        const counted = await stored.count(windows);
        this.#outage = false;
        return { store: stored, counted };
      } catch (error) {
        if (!this.#outage) onOutage(error);
        this.#outage = true;
        this.#outageUntilMs = monotonicMs() + RETRY_AFTER_MS;
      }
    }
    return { store: local, counted: await local.count(windows) };
  }
}

/** Tries at one target whose password is being looked at, and those that wait for them. */
interface UnderWay {
  tries: number;
  readonly waiters: (() => void)[];
}

function windowsOf({ address, wideNetwork, network, known, revision }: PasswordTry): TryWindow[] {
  const prefix = '{turnpike}:password-tries';
  const target = `${address}:${revision}`;
  const own = { limit: PER_ADDRESS_AND_NETWORK_MAX, lengthMs: QUARTER_MS };
  if (known) return [{ key: `${prefix}:known:${target}:${network}`, ...own }];
  return [
    { key: `${prefix}:pair:${target}:${wideNetwork}`, ...own },
    { key: `${prefix}:network:${wideNetwork}`, limit: PER_NETWORK_MAX, lengthMs: QUARTER_MS },
    { key: `${prefix}:strangers:${target}`, limit: PER_ADDRESS_OF_STRANGERS_MAX, lengthMs: HOUR_MS },
  ];
}
