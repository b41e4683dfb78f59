import type { findProvider } from '@pydantic/genai-prices';

type Model = NonNullable<ReturnType<typeof findProvider>>['models'][number];
type Match = Model['match'];
type Rates = Exclude<Model['prices'], readonly unknown[]>;

/** US dollars for a million of each unit, as decimals. */
type UsdPerMillion = Readonly<Record<string, string>>;

/** A model of the price list. */
export interface GeneratedModel {
  /** What requests may call it, exactly. */
  readonly names: readonly string[];
  readonly usd_per_million: UsdPerMillion;
  /** Prices of the whole request where its input is longer, in tokens. */
  readonly tiers?: readonly { readonly above: number; readonly usd_per_million: UsdPerMillion }[];
}

/** Our name of each unit that is charged, and how many of theirs make a million. */
const UNITS: Readonly<Record<string, readonly [string, number]>> = {
  input_mtok: ['input', 1],
  output_mtok: ['output', 1],
  cache_read_mtok: ['cache_read', 1],
  cache_audio_read_mtok: ['cache_read_audio', 1],
  cache_image_read_mtok: ['cache_read_image', 1],
  cache_write_mtok: ['cache_write', 1],
  cache_write_1h_mtok: ['cache_write_1h', 1],
  input_audio_mtok: ['input_audio', 1],
  output_audio_mtok: ['output_audio', 1],
  input_image_mtok: ['input_image', 1],
  input_video_mtok: ['input_video', 1],
  output_image_mtok: ['output_image', 1],
  output_video_mtok: ['output_video', 1],
  web_searches_kcount: ['searches', 1_000],
  storage_searches_kcount: ['file_searches', 1_000],
  input_audio_hours: ['audio_seconds', 1_000_000 / 3_600],
  audio_hours: ['audio_seconds', 1_000_000 / 3_600],
};

/** The names that stand in the data as they are; patterns are left out, since they match models that are not listed. */
export function namesOf({ id, match }: Model): string[] {
  return [...new Set([id, ...exactly(match)])].filter((name) => /^[\w.:/-]+$/.test(name)).toSorted();
}

function exactly(match: Match): string[] {
  if ('equals' in match) return [match.equals];
  return 'or' in match ? match.or.flatMap(exactly) : [];
}

/** The prices in force, with what they become where the input is longer; `undefined` where there are none. */
export function priceOf({ prices }: Model, now: Date): Omit<GeneratedModel, 'names'> | undefined {
  const rates = Array.isArray(prices) ? inForce(prices, now) : prices;
  if (rates === undefined) return undefined;
  const known = Object.entries(rates).filter(([key]) => key in UNITS);
  if (known.length === 0) return undefined;
  const starts = new Set(
    known.flatMap(([, rate]) => (typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : [])),
  );
  const at = (tokens: number): UsdPerMillion =>
    Object.fromEntries(
      known.flatMap(([key, rate]) => {
        const unit = UNITS[key];
        return unit === undefined || rate === undefined ? [] : [[unit[0], decimal(rateAt(rate, tokens) * unit[1])]];
      }),
    );
  const tiers = [...starts]
    .toSorted((one, other) => one - other)
    .map((above) => ({ above, usd_per_million: at(above) }));
  return { usd_per_million: at(0), ...(tiers.length > 0 && { tiers }) };
}

function rateAt(rate: NonNullable<Rates[string]>, tokens: number): number {
  if (typeof rate === 'number') return rate;
  return rate.tiers.reduce((price, tier) => (tokens >= tier.start ? tier.price : price), rate.base);
}

/** Of prices by date the latest that has begun. Cheaper hours of a day are left out. */
function inForce(prices: Exclude<Model['prices'], Rates>, now: Date): Rates | undefined {
  const dated = prices.filter(
    ({ constraint }) =>
      constraint === undefined || (constraint.type === 'start_date' && new Date(constraint.start_date) <= now),
  );
  return dated.toSorted((one, other) => (startOf(one) < startOf(other) ? -1 : 1)).at(-1)?.prices;
}

function startOf({ constraint }: Exclude<Model['prices'], Rates>[number]): string {
  return constraint?.type === 'start_date' ? constraint.start_date : '';
}

/** At most nine decimals, rounded up, so that binary fractions leave no trace. */
function decimal(dollars: number): string {
  const rounded = Number(dollars.toFixed(9));
  return (rounded < dollars - 1e-12 ? rounded + 1e-9 : rounded).toFixed(9).replace(/\.?0+$/, '');
}
