import { getBalance, getHistory, getMe } from '@turnpike/contracts';
import { populatedApiKey } from '@turnpike/test-kit/population';
import { requestBytes } from '../edge/connection.ts';
import type { BenchStack } from '../edge/stack.ts';
import { shuffled } from '../statistics.ts';
import { METERED_USERS_PER_USER, type GrowthOptions } from './options.ts';
import { spread, type Range } from './population.ts';

/** What a load is for. Touches open connections right before a round; only rounds are counted. */
export type Step = 'warm-up' | 'touches' | 'round';

/** A kind of request. */
export interface Kind {
  readonly name: string;
  /** The load of the next step. */
  next(step: Step): {
    readonly requests: readonly string[];
    readonly until: { readonly seconds: number } | { readonly count: number };
  };
}

/** Requests before each round. */
const TOUCHES = 100;
/** Of requests that are new only once, the share that the warm-up takes, and the share of each round that goes before it. */
const WARM_UP_SHARE = 0.2;
const TOUCHES_SHARE = 0.1;

/**
 * What is measured, from users spread evenly over a range. Reads are of people whose history stays as it is; metered requests are of others.
 */
export async function prepareKinds(stack: BenchStack, range: Range, options: GrowthOptions): Promise<Kind[]> {
  const { users } = options;
  const numbers = shuffled(spread(users * (1 + METERED_USERS_PER_USER), range));
  const tokens = await stack.signInAs(numbers);
  const readers = tokens.slice(0, users);
  const spenders = tokens.slice(users);
  const get = (path: string): string[] => readers.map((token) => requestBytes('GET', path, token));
  const keys = shuffled(spread(options.base, range)).map(populatedApiKey);
  return [
    repeated('free request, JWT', get('/bench/free'), options),
    repeated(
      'metered request, JWT',
      spenders.map((token) => requestBytes('POST', '/bench/metered', token, '{}')),
      options,
    ),
    once(
      'free request, API key not seen before',
      keys.map((key) => requestBytes('GET', '/bench/free', key)),
      options,
    ),
    repeated('balance', get(getBalance.path), options),
    repeated('history, first page', get(getHistory.path), options),
    repeated('profile (auth/me)', get(getMe.path), options),
  ];
}

/** Requests that may come again and again, in turn. */
function repeated(name: string, requests: readonly string[], { warmup, seconds }: GrowthOptions): Kind {
  const until = { 'warm-up': { count: warmup }, touches: { count: TOUCHES }, round: { seconds } };
  return { name, next: (step) => ({ requests, until: until[step] }) };
}

/** Requests that are new only once: shared out, so that the last round has as many as the first. */
function once(name: string, requests: readonly string[], { rounds }: GrowthOptions): Kind {
  const ofRound = (1 - WARM_UP_SHARE) / rounds;
  const share = { 'warm-up': WARM_UP_SHARE, touches: ofRound * TOUCHES_SHARE, round: ofRound * (1 - TOUCHES_SHARE) };
  let taken = 0;
  return {
    name,
    next(step) {
      const from = taken;
      taken += Math.floor(requests.length * share[step]);
      return { requests: requests.slice(from, taken), until: { count: taken - from } };
    },
  };
}
