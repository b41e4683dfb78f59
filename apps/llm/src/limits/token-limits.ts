import type { Store } from '@turnpike/ledger-client';
import { AppError, within, type GatewayIdentity, type Logger } from '@turnpike/service-kit';
import type { Estimate } from '../requests/estimate.ts';
import { allTokens, type Usage } from '../usage/usage.ts';

const WINDOW_MS = 60_000;
/** How long the first calls wait for Redis, in milliseconds. */
const CONNECT_MS_MAX = 1_000;
/**
 * Takes tokens of a key's window on the store's clock: as many as are asked for, or as many as are left, if those are enough. Replies with the
 * tokens taken, or -1; the end of the window; and the tokens counted in it before.
 *
 * ARGV: limit, tokens asked for, tokens that are enough, length of the window in milliseconds.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local used, reset = unpack(redis.call('HMGET', KEYS[1], 'used', 'reset'))
used, reset = tonumber(used or 0), tonumber(reset or 0)
if reset <= now then used, reset = 0, now + tonumber(ARGV[4]) end
local taken = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) - used)
if taken < tonumber(ARGV[3]) then return { -1, reset - now, used } end
redis.call('HSET', KEYS[1], 'used', string.format('%.0f', used + taken), 'reset', string.format('%.0f', reset))
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', reset))
return { taken, string.format('%.0f', reset), used }
`;
/** Counts what was used in place of what was taken, in the same window. ARGV: end of the window, difference. */
const CORRECT = `
if redis.call('HGET', KEYS[1], 'reset') ~= ARGV[1] then return 0 end
if redis.call('HINCRBY', KEYS[1], 'used', ARGV[2]) < 0 then redis.call('HSET', KEYS[1], 'used', 0) end
return 1
`;

/** Tokens that a call has taken of its key's window. */
export interface TakenTokens {
  /** Counts what was used instead; all is given back where nothing was. Never rejects. */
  end(used: Usage | undefined): Promise<void>;
}

export interface TokenLimitsOptions {
  /** A connection whose commands fail at once while Redis is down. */
  readonly store: Store;
  readonly logger: Logger;
  /** Told of calls that were let pass uncounted, since Redis did not count. */
  readonly onUncounted: () => void;
}

/** Limits of tokens per minute. What a call may use is counted before it is made, and corrected after it. */
export class TokenLimits {
  readonly #options: TokenLimitsOptions;
  /** The first calls of a process wait for its connection, so that they are counted. */
  readonly #connected: Promise<unknown>;

  constructor(options: TokenLimitsOptions) {
    this.#options = options;
    const { store } = options;
    this.#connected = within(new Promise<void>((resolve) => void store.once('ready', () => resolve())), CONNECT_MS_MAX);
  }

  /** Takes tokens for a call; `undefined` where its key has no such limit. Throws 429. While Redis is down calls pass: the edge counts requests then. */
  async take(
    { keyId, keyConstraints }: GatewayIdentity,
    { usage, bounded }: Estimate,
  ): Promise<TakenTokens | undefined> {
    const limit = keyConstraints?.tokens_per_minute;
    if (limit === undefined || keyId === undefined) return undefined;
    const whole = Math.ceil(allTokens(usage));
    const least = bounded ? whole : Math.ceil(allTokens({ ...usage, output: Math.min(1, usage.output) }));
    if (least > limit) throw tooMany(limit, whole);
    const { store, logger, onUncounted } = this.#options;
    // In braces as the edge's limits are: services may use no other keys of Redis than these and `{turnpike}` (infra/README.md).
    const key = `{limit:tokens:${keyId}}`;
    await this.#connected;
    let reply: [number, string | number, number];
    try {
      reply = (await store.eval(
        TAKE,
        1,
        key,
        limit,
        Math.min(whole, limit),
        Math.max(1, least),
        WINDOW_MS,
      )) as typeof reply;
    } catch (err) {
      logger.warn({ err }, 'tokens of a key are not counted');
      onUncounted();
      return undefined;
    }
    const [taken, end, counted] = reply;
    if (taken < 0) throw exceeded(limit, counted, Number(end));
    return {
      end: async (used) => {
        const difference = Math.ceil(used === undefined ? 0 : allTokens(used)) - taken;
        if (difference !== 0)
          await store.eval(CORRECT, 1, key, end, difference).catch((err: unknown) => {
            logger.warn({ err }, 'tokens of a key are not corrected');
          });
      },
    };
  }
}

function exceeded(limit: number, counted: number, waitMs: number): AppError {
  return new AppError('rate_limit.exceeded', {
    detail: `This API key may use ${limit} tokens a minute; ${counted} are used, or held by calls under way.`,
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
  });
}

/** No minute has room for it, so asking again would not help. */
function tooMany(limit: number, tokens: number): AppError {
  return new AppError('rate_limit.exceeded', {
    detail: `This call may use ${tokens} tokens, and the API key ${limit} a minute. Ask for a shorter answer.`,
    headers: { 'x-should-retry': 'false', 'Retry-After': '60' },
  });
}
