/**
 * What a call used, in units that do not overlap, so that nothing is charged twice. Reasoning is part of `output`, and stands apart only to be
 * told.
 */
export interface Usage {
  /** Input tokens at the full price: without those that were read from or written to a cache, and without audio and images. */
  readonly input: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly cache_write_1h: number;
  readonly input_audio: number;
  readonly input_image: number;
  readonly output: number;
  readonly output_audio: number;
  readonly output_image: number;
  readonly searches: number;
  readonly audio_seconds: number;
  /** Images, of models that are priced by them. */
  readonly images: number;
  readonly reasoning: number;
}

/** The units that have prices. */
export type Unit = Exclude<keyof Usage, 'reasoning'>;

/** How a usage came about: told by the vendor, told in part before the client left, or counted by the gateway. */
export type UsageSource = 'provider' | 'provider_partial' | 'estimated' | 'none';

/** A usage as the vendor reported it, and what the price goes by besides. */
export interface Reported {
  readonly usage: Usage;
  /** Of the answer: it may be served at another tier than was asked for. */
  readonly tier: string | undefined;
}

const NOTHING: Usage = {
  input: 0,
  cache_read: 0,
  cache_write: 0,
  cache_write_1h: 0,
  input_audio: 0,
  input_image: 0,
  output: 0,
  output_audio: 0,
  output_image: 0,
  searches: 0,
  audio_seconds: 0,
  images: 0,
  reasoning: 0,
};

/** A usage of some units. A count below zero, which only an inconsistent report gives, is none. */
export function usageOf(units: Partial<Usage>): Usage {
  const usage: Record<keyof Usage, number> = { ...NOTHING };
  for (const [unit, count] of Object.entries(units) as [keyof Usage, number][]) usage[unit] = Math.max(0, count);
  return usage;
}

/** What two calls used together. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Record<keyof Usage, number> = { ...one };
  for (const [unit, count] of Object.entries(other) as [keyof Usage, number][]) sum[unit] += count;
  return sum;
}

/** Tokens that went in and came out. */
export function allTokens(usage: Usage): number {
  return inputTokens(usage) + usage.output + usage.output_audio + usage.output_image;
}

/** Tokens that went in, cached ones included: what the long-context prices go by. */
export function inputTokens(usage: Usage): number {
  return (
    usage.input + usage.cache_read + usage.cache_write + usage.cache_write_1h + usage.input_audio + usage.input_image
  );
}
