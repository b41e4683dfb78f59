import type { LlmProvider } from '@turnpike/contracts';
import type { Credential } from '../credentials/credential.ts';
import { inputTokens, type Reported, type Unit, type Usage } from '../usage/usage.ts';
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
  cache_read_audio: 'cache_read',
  cache_read_image: 'cache_read',
  cache_write: 'input',
  cache_write_1h: 'cache_write',
  input_audio: 'input',
  input_image: 'input',
  input_video: 'input',
  output_audio: 'output',
  output_image: 'output',
  output_video: 'output',
};

/** What a tier costs, in percent of the list price: of models that differ, and of all others. */
interface TierPercent {
  readonly models: Readonly<Record<string, bigint>>;
  readonly others: bigint;
}

const HALF: TierPercent = { models: {}, others: 50n };
/** openai.com/api-fast-mode and its predecessor /api-priority-processing, as of 2026-11; rounded up to a percent. Models that they do not list are taken for twice the price. */
const PRIORITY: TierPercent = {
  models: {
    'gpt-5.6-sol': 300n,
    'gpt-5.5': 250n,
    'gpt-5-mini': 180n,
    'gpt-4.1': 175n,
    'gpt-4.1-mini': 175n,
    'gpt-4o': 170n,
    'gpt-4o-2024-05-13': 175n,
    'gpt-4o-mini': 167n,
    o3: 175n,
    'o4-mini': 182n,
  },
  others: 200n,
};
/** platform.claude.com, fast mode: twice the price for Opus 4.8 and later, six times for the two before. */
const FAST: TierPercent = { models: { 'claude-opus-4-6': 600n, 'claude-opus-4-7': 600n }, others: 200n };

/**
 * By the tier that served a call; all others cost the list price, which knows no tiers. OpenAI's `fast` is answered as `priority`; Anthropic says
 * `batch` in its usage, and `fast` as the speed.
 */
const TIERS: Readonly<Partial<Record<LlmProvider, Readonly<Record<string, TierPercent>>>>> = {
  openai: { priority: PRIORITY, fast: PRIORITY, flex: HALF, batch: HALF },
  azure: { priority: PRIORITY, batch: HALF },
  anthropic: { batch: HALF, fast: FAST },
  google: { batch: HALF },
};

/** In percent, where the vendor says that it worked in a place for which it takes more (platform.claude.com, data residency). */
const GEOS: Readonly<Partial<Record<LlmProvider, Readonly<Record<string, bigint>>>>> = { anthropic: { us: 110n } };

/** Micro-credits that a usage costs, rounded up once. */
export function costOf(
  usage: Usage,
  price: ModelPrice,
  provider: LlmProvider,
  tier: string | undefined,
  tariff: Tariff,
  geo?: string,
): bigint {
  return rounded(scaled(usage, price, provider, tier, geo), tariff);
}

/** How what an answer used is priced. `priceOf`: the price of another model that had a share in it. */
export interface Pricing {
  readonly price: ModelPrice;
  readonly priceOf: (model: string | undefined) => ModelPrice;
  readonly provider: LlmProvider;
  readonly tier: string | undefined;
  readonly tariff: Tariff;
}

/** Micro-credits that all of an answer costs, rounded up once, whichever models had a share in it. */
export function costOfReported(
  { usage, others = [], geo }: Pick<Reported, 'usage' | 'others' | 'geo'>,
  { price, priceOf, provider, tier, tariff }: Pricing,
): bigint {
  const own = scaled(usage, price, provider, tier, geo);
  const all = others.reduce(
    (sum, { model, usage: used }) => sum + scaled(used, priceOf(model), provider, tier, geo),
    own,
  );
  return rounded(all, tariff);
}

/** Units × (nano-dollars per million of them), in thousandths, times two percentages. */
function scaled(
  usage: Usage,
  price: ModelPrice,
  provider: LlmProvider,
  tier: string | undefined,
  geo: string | undefined,
): bigint {
  const rates = ratesFor(price, inputTokens(usage));
  let millionths = 0n;
  for (const [unit, count] of Object.entries(usage) as [keyof Usage, number][]) {
    if (unit === 'reasoning' || count === 0) continue;
    // Seconds come in fractions, and are charged to the thousandth.
    millionths += BigInt(Math.ceil(count * 1_000)) * rateOf(rates, unit);
  }
  const served = TIERS[provider]?.[tier ?? ''];
  const tierPercent = served === undefined ? 100n : (served.models[price.model] ?? served.others);
  return millionths * tierPercent * (GEOS[provider]?.[geo ?? ''] ?? 100n);
}

/** Micro-credits = units × (nano-dollars per million units) ÷ (nano-dollars per credit); the rest are the thousandths and three percentages. */
function rounded(units: bigint, { nanoUsdPerCredit, percent }: Tariff): bigint {
  return ceilDivide(units * percent, nanoUsdPerCredit * 1_000n * 100n * 100n * 100n);
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
