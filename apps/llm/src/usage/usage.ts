/**
 * What a call used, in units that do not overlap, so that nothing is charged twice. Reasoning is part of `output`, and stands apart only to be
 * told.
 */
export interface Usage {
  /** Input tokens at the full price: without those that were read from or written to a cache, and without audio, images and video. */
  readonly input: number;
  /** What was cached, without audio and images. */
  readonly cache_read: number;
  readonly cache_read_audio: number;
  readonly cache_read_image: number;
  readonly cache_write: number;
  readonly cache_write_1h: number;
  readonly input_audio: number;
  readonly input_image: number;
  readonly input_video: number;
  readonly output: number;
  readonly output_audio: number;
  readonly output_image: number;
  readonly output_video: number;
  /** Of the web. */
  readonly searches: number;
  /** Of files that the vendor keeps. */
  readonly file_searches: number;
  readonly audio_seconds: number;
  /** Images, of models that are priced by them. */
  readonly images: number;
  readonly reasoning: number;
}

/** The units that have prices. */
export type Unit = Exclude<keyof Usage, 'reasoning'>;

/** How a usage came about: told by the vendor, told in part before the client left, or counted by the gateway. */
export type UsageSource = 'provider' | 'provider_partial' | 'estimated' | 'none';

/** What another model than the one that was asked for did for an answer. */
export interface Share {
  /** `undefined` where the vendor does not say which one. */
  readonly model: string | undefined;
  readonly usage: Usage;
}

/** A usage as the vendor reported it, and what the price goes by besides. */
export interface Reported {
  readonly usage: Usage;
  /** Of the answer: it may be served at another tier than was asked for. */
  readonly tier: string | undefined;
  /** Beside `usage`. */
  readonly others?: readonly Share[];
  /** Where the vendor says that it worked, for which it may take more. */
  readonly geo?: string | undefined;
}

const NOTHING: Usage = {
  input: 0,
  cache_read: 0,
  cache_read_audio: 0,
  cache_read_image: 0,
  cache_write: 0,
  cache_write_1h: 0,
  input_audio: 0,
  input_image: 0,
  input_video: 0,
  output: 0,
  output_audio: 0,
  output_image: 0,
  output_video: 0,
  searches: 0,
  file_searches: 0,
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

/** What all models used together for an answer. */
export function wholeUsage({ usage, others = [] }: Pick<Reported, 'usage' | 'others'>): Usage {
  return others.reduce((sum, other) => addUsage(sum, other.usage), usage);
}

/** Tokens, searches and seconds of one answer at most: no model takes or writes so many, so that a report of more is none. */
const COUNT_MAX = 1_000_000_000;

/** Whether a report can be true. */
export function isPossible(reported: Reported): boolean {
  return Object.values(wholeUsage(reported)).every((count: number) => count <= COUNT_MAX);
}

/** Tokens that went in and came out. */
export function allTokens(usage: Usage): number {
  return inputTokens(usage) + outputTokens(usage);
}

export function outputTokens(usage: Usage): number {
  return usage.output + usage.output_audio + usage.output_image + usage.output_video;
}

/** Tokens that went in, cached ones included: what the long-context prices go by. */
export function inputTokens(usage: Usage): number {
  const { cache_read, cache_read_audio, cache_read_image, cache_write, cache_write_1h } = usage;
  const cached = cache_read + cache_read_audio + cache_read_image + cache_write + cache_write_1h;
  return usage.input + usage.input_audio + usage.input_image + usage.input_video + cached;
}
