import { readFlags } from '../flags.ts';

/** How much is measured. The defaults are the method of the published figures. */
export interface GrowthOptions {
  /** Users before growth; each has an identity, a session, an API key, grants and charges. */
  readonly base: number;
  /** How many times as much of everything there is afterwards. */
  readonly times: number;
  /** Interleaved rounds of each kind, before and after. */
  readonly rounds: number;
  /** Requests of each kind that are not counted, before and after; of first sights a fifth of the keys. */
  readonly warmup: number;
  /** Length of a round, in seconds; a round of first sights ends with its share of the keys. */
  readonly seconds: number;
  /** Requests under way at once. */
  readonly connections: number;
  /** Signed-in users that free requests and reads are spread over; metered ones have four times as many, others. */
  readonly users: number;
}

const DEFAULTS = { base: 5_000, times: 10, rounds: 5, warmup: 3_000, seconds: 3, connections: 16, users: 64 };

/** Metered requests lengthen a history, so they are spread over more users than the rest. */
export const METERED_USERS_PER_USER = 4;

/** Reads the flags. Throws a `TypeError` that names the flag at fault. */
export function readOptions(): GrowthOptions {
  const { count } = readFlags(DEFAULTS);
  const options = {
    base: count('base'),
    times: count('times'),
    rounds: count('rounds'),
    warmup: count('warmup'),
    seconds: count('seconds'),
    connections: count('connections'),
    users: count('users'),
  };
  if (options.times < 2) throw new TypeError('--times must be at least 2');
  if (options.base < options.users * (METERED_USERS_PER_USER + 1))
    throw new TypeError(`--base must be at least ${METERED_USERS_PER_USER + 1} times --users`);
  return options;
}
