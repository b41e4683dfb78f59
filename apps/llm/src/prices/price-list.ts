import { z } from 'zod';
import { LLM_PROVIDERS, type LlmProvider } from '@turnpike/contracts';
import type { Unit } from '../usage/usage.ts';

/** Billionths of a US dollar for a million of each unit. */
export type Rates = Readonly<Partial<Record<Unit, bigint>>>;

/** What a model costs. */
export interface ModelPrice {
  /** `provider/model`, and the list it stands in. */
  readonly id: string;
  /** Its name in the list, whichever of its names was asked for. */
  readonly model: string;
  readonly rates: Rates;
  /** What the whole request costs instead where its input is longer, in tokens; shortest first. */
  readonly tiers: readonly { readonly above: number; readonly rates: Rates }[];
}

const UNITS = [
  'input',
  'cache_read',
  'cache_read_audio',
  'cache_read_image',
  'cache_write',
  'cache_write_1h',
  'input_audio',
  'input_image',
  'input_video',
  'output',
  'output_audio',
  'output_image',
  'output_video',
  'searches',
  'file_searches',
  'audio_seconds',
  'images',
] as const satisfies readonly Unit[];

const DECIMALS = 9;
const usd = z
  .string()
  .regex(/^\d{1,9}(?:\.\d{1,9})?$/, 'must be US dollars such as "2.5", in quotes, with at most nine decimals');
const rates = z.partialRecord(z.enum(UNITS), usd);
const modelPrices = z.object({
  names: z.array(z.string().min(1)).default([]),
  usd_per_million: rates,
  tiers: z.array(z.object({ above: z.int().positive(), usd_per_million: rates })).default([]),
});

/** The shape of the shipped list, and of the one that an operator lays over it. */
export const priceFile = z.object({
  source: z.string().default('operator'),
  checked: z.string().default(''),
  providers: z.partialRecord(z.enum(LLM_PROVIDERS), z.record(z.string(), modelPrices)),
});
export type PriceFile = z.output<typeof priceFile>;

/**
 * A dated snapshot of a model costs what the model does, unless it is listed itself: `-2024-08-06`, `-20250929`, `-001`, `-latest`. Nothing else
 * is taken for something similar.
 */
const SNAPSHOT = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3}|latest)$/;

/** The name of a model without that of its snapshot. */
function withoutSnapshot(model: string): string {
  return model.replace(SNAPSHOT, '');
}

/** The prices in force. A name is found as it is written, or not at all. */
export class PriceList {
  readonly #byName = new Map<string, ModelPrice>();

  /** `files`: each is laid over those before it. */
  constructor(files: readonly PriceFile[]) {
    for (const { providers, source, checked } of files)
      for (const [provider, models] of Object.entries(providers))
        for (const [model, { names, usd_per_million, tiers }] of Object.entries(models)) {
          const price: ModelPrice = {
            id: `${provider}/${model} (${[source, checked].filter((part) => part !== '').join(', ')})`,
            model,
            rates: ratesOf(usd_per_million),
            tiers: tiers
              .map((tier) => ({ above: tier.above, rates: ratesOf(tier.usd_per_million) }))
              .toSorted((one, other) => one.above - other.above),
          };
          for (const name of [model, ...names]) this.#byName.set(`${provider}/${name}`, price);
        }
  }

  /** What a model costs; `undefined` where nobody has said so. Azure sells OpenAI's models at OpenAI's prices where it lists none of its own. */
  find(provider: LlmProvider, model: string): ModelPrice | undefined {
    const own = this.#exactly(provider, model);
    return own ?? (provider === 'azure' ? this.#exactly('openai', model) : undefined);
  }

  /** What nobody has a price for is charged at, where it may be called: of each unit the dearest rate that the provider has, long input included. */
  dearest(provider: LlmProvider): ModelPrice | undefined {
    const prices = this.#pricesOf(provider);
    return prices.length === 0 ? undefined : dearestOf(prices, `${provider}/* (dearest)`);
  }

  /** Azure sells what OpenAI does. */
  #pricesOf(provider: LlmProvider): ModelPrice[] {
    const places = provider === 'azure' ? ['azure/', 'openai/'] : [`${provider}/`];
    return [...this.#byName]
      .filter(([name]) => places.some((place) => name.startsWith(place)))
      .map(([, price]) => price);
  }

  #exactly(provider: LlmProvider, model: string): ModelPrice | undefined {
    return this.#byName.get(`${provider}/${model}`) ?? this.#byName.get(`${provider}/${withoutSnapshot(model)}`);
  }
}

/** Of each unit the dearest rate of some prices, of long input as well. */
function dearestOf(prices: readonly ModelPrice[], id: string): ModelPrice {
  const rates: Partial<Record<Unit, bigint>> = {};
  for (const { rates: base, tiers } of prices)
    for (const each of [base, ...tiers.map((tier) => tier.rates)])
      for (const [unit, rate] of Object.entries(each) as [Unit, bigint][])
        if (rate > (rates[unit] ?? -1n)) rates[unit] = rate;
  return { id, model: 'other', rates, tiers: [] };
}

/** The price of a model by its name or that of a snapshot of it, among some. */
export function priceNamed(model: string, prices: ReadonlyMap<string, ModelPrice>): ModelPrice | undefined {
  const bare = withoutSnapshot(model);
  return (
    prices.get(model) ??
    prices.get(bare) ??
    [...prices].find(([name, price]) => withoutSnapshot(name) === bare || price.model === bare)?.[1]
  );
}

/**
 * The price of a model that had a share in an answer, which the request may have named: one that cannot be told costs what the dearest of those would.
 * `named`: by their names; `own`: the price of the model that the request was for.
 */
export function priceOfShare(
  model: string | undefined,
  named: ReadonlyMap<string, ModelPrice>,
  own: ModelPrice,
): ModelPrice {
  const told = model === undefined ? undefined : priceNamed(model, named);
  return told ?? dearestOf(named.size === 0 ? [own] : [...named.values()], 'dearest');
}

function ratesOf(usdPerMillion: z.output<typeof rates>): Rates {
  return Object.fromEntries(Object.entries(usdPerMillion).map(([unit, text]) => [unit, nanoUsd(text)]));
}

/** Billionths of a dollar, exact. */
export function nanoUsd(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}
