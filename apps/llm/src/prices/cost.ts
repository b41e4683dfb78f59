import type { LlmProvider } from '@turnpike/contracts';
import type { Credential } from '../credentials/credential.ts';
import { inputTokens, type Unit, type Usage } from '../usage/usage.ts';
import type { ModelPrice, Rates } from './price-list.ts';

/** How US dollars become credits. */
export interface Tariff {
  /** Billionths of a US dollar that one credit is worth. */
  readonly nanoUsdPerCredit: bigint;
  /** Of the vendor's price, in percent: 100 passes it on, 120 adds a fifth, 0 charges nothing. */
  readonly percent: bigint;
}

/** What calls are charged by: those with the operator's account, and those with an organisation's own, which pays its vendor itself. */
export interface Tariffs {
  readonly shared: Tariff;
  readonly own: Tariff;
}

/** The one for calls with a credential. */
export function tariffFor({ shared }: Pick<Credential, 'shared'>, tariffs: Tariffs): Tariff {
  return shared ? tariffs.shared : tariffs.own;
}

/** Where a unit has no price of its own, it costs what this one does. */
const INSTEAD: Readonly<Partial<Record<Unit, Unit>>> = {
  cache_read: 'input',
  cache_write: 'input',
  cache_write_1h: 'cache_write',
  input_audio: 'input',
  input_image: 'input',
  output_audio: 'output',
  output_image: 'output',
};

/**
 * Percent of the list price by the tier that served a call; 100 for all others. The list knows no tiers. OpenAI's `fast` is answered as
 * `priority`; Anthropic says `batch` in its usage, and `fast` as the speed.
 */
const TIER_PERCENT: Readonly<Partial<Record<LlmProvider, Readonly<Record<string, bigint>>>>> = {
  openai: { priority: 200n, fast: 200n, flex: 50n, batch: 50n },
  azure: { priority: 200n, batch: 50n },
  anthropic: { batch: 50n, fast: 600n },
};

/** Micro-credits that a usage costs, rounded up once. */
export function costOf(
  usage: Usage,
  price: ModelPrice,
  provider: LlmProvider,
  tier: string | undefined,
  { nanoUsdPerCredit, percent }: Tariff,
): bigint {
  const rates = ratesFor(price, inputTokens(usage));
  let millionths = 0n;
  for (const [unit, count] of Object.entries(usage) as [keyof Usage, number][]) {
    if (unit === 'reasoning' || count === 0) continue;
    // Seconds come in fractions, and are charged to the thousandth.
    millionths += BigInt(Math.ceil(count * 1_000)) * rateOf(rates, unit);
  }
  const tierPercent = TIER_PERCENT[provider]?.[tier ?? ''] ?? 100n;
  // Micro-credits = units × (nano-dollars per million units) ÷ (nano-dollars per credit); the rest are the thousandths and two percentages.
  return ceilDivide(millionths * percent * tierPercent, nanoUsdPerCredit * 1_000n * 100n * 100n);
}

function ratesFor({ rates, tiers }: ModelPrice, input: number): Rates {
  return tiers.findLast(({ above }) => input > above)?.rates ?? rates;
}

function rateOf(rates: Rates, unit: Unit): bigint {
  for (let at: Unit | undefined = unit; at !== undefined; at = INSTEAD[at]) {
    const rate = rates[at];
    if (rate !== undefined) return rate;
  }
  return 0n;
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
