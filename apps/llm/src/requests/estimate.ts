import type { Operation } from '../paths/classify.ts';
import { IMAGE_TOKENS } from '../usage/reported.ts';
import { usageOf, type Usage } from '../usage/usage.ts';
import { UnreadableBody, type JsonBody } from './json-body.ts';

/** What a call may come to use: held before it is made. */
export interface Estimate {
  readonly usage: Usage;
  /** The caller said how long the answer may become; otherwise it is a guess, which may be cut to what there is. */
  readonly bounded: boolean;
}

/** Bytes of text for a token at least; English has about four, other scripts fewer characters of more bytes. */
const BYTES_PER_TOKEN = 3;
/** Tokens of an image or another piece of media at least, and bytes of a document for a token. */
const TOKENS_PER_MEDIUM = 1_600;
const MEDIA_BYTES_PER_TOKEN = 1_000;
/** Most answers to one request. */
const CHOICES_MAX = 128;
/** Longest answer that may be asked for, in tokens: more is no model's. */
const OUTPUT_TOKENS_MAX = 2_000_000;

/** The input of a JSON body, in tokens, rather too many than too few. */
function inputOf(body: JsonBody): number {
  return Math.ceil(body.textBytes / BYTES_PER_TOKEN + mediaOf(body));
}

function mediaOf({ media }: JsonBody): number {
  return media.reduce((sum, bytes) => sum + Math.max(TOKENS_PER_MEDIUM, bytes / MEDIA_BYTES_PER_TOKEN), 0);
}

/** Nobody has looked which media they are, so they are taken for the dearest. */
function embedded(body: JsonBody, numbers: number): Usage {
  const links = body.links * TOKENS_PER_MEDIUM;
  return usageOf({
    input: Math.ceil(body.textBytes / BYTES_PER_TOKEN) + numbers,
    input_video: Math.ceil(mediaOf(body) + links),
  });
}

/** What a call with a JSON body may use. `unboundedTokens`: for how many tokens an answer is taken whose length nobody bounded. */
export function estimateOf({ endpoint, unit }: Operation, body: JsonBody, unboundedTokens: number): Estimate {
  const counts = checkedCounts(body);
  // Texts may come as the numbers of their tokens.
  const numbers = endpoint === 'embeddings' || endpoint === 'completions' ? body.commas : 0;
  if (endpoint === 'embeddings' || endpoint.endsWith('mbedContent') || endpoint === 'batchEmbedContents')
    return { usage: embedded(body, numbers), bounded: true };
  const input = inputOf(body) + numbers;
  const choices = Math.min(CHOICES_MAX, Math.max(1, counts.n ?? counts.candidateCount ?? 1, counts.best_of ?? 1));
  if (endpoint === 'predict') {
    const { sampleCount = PREDICTIONS } = Object(body.get('parameters')) as { sampleCount?: unknown };
    return { usage: usageOf({ images: whole(sampleCount, CHOICES_MAX) ?? CHOICES_MAX }), bounded: true };
  }
  if (unit === 'images')
    return { usage: usageOf({ input, output_image: choices * IMAGE_TOKENS, images: choices }), bounded: true };
  if (unit === 'characters') return { usage: spoken(body), bounded: true };
  const asked =
    counts.max_completion_tokens ??
    counts.max_output_tokens ??
    counts.max_tokens ??
    counts.maxOutputTokens ??
    counts.inner_max_output_tokens;
  return {
    usage: usageOf({ input, output: Math.min(asked ?? unboundedTokens, OUTPUT_TOKENS_MAX) * choices }),
    bounded: asked !== undefined,
  };
}

/** Images that Google makes where a request does not say how many. */
const PREDICTIONS = 4;

/** Speech is told without its usage: a token for every three bytes of text, and of the audio about twenty for every second, which has fifteen characters. */
export function spoken(body: JsonBody): Usage {
  const text = body.get('input');
  const characters = typeof text === 'string' ? text.length : 0;
  return usageOf({ input: Math.ceil(characters / BYTES_PER_TOKEN), output_audio: Math.ceil((characters / 15) * 20) });
}

/** Bytes of compressed speech of a second, at least: 16 kbit. */
const AUDIO_BYTES_PER_SECOND = 2_000;

/** What a transcription of so many bytes of audio may use. */
export function estimateOfAudio(fileBytes: number): Estimate {
  const seconds = Math.ceil(fileBytes / AUDIO_BYTES_PER_SECOND);
  return { usage: usageOf({ audio_seconds: seconds, input_audio: seconds * 10, output: seconds * 5 }), bounded: true };
}

/** What changing images may use. */
export function estimateOfImages(fileBytes: number, choices: number): Estimate {
  const input = Math.ceil(fileBytes / MEDIA_BYTES_PER_TOKEN) + TOKENS_PER_MEDIUM;
  const images = whole(choices, CHOICES_MAX) ?? CHOICES_MAX;
  return { usage: usageOf({ input, output_image: images * IMAGE_TOKENS, images }), bounded: true };
}

/** Counts that decide what a call may cost, of the body and of what Google has apart. */
const COUNTS = ['n', 'best_of', 'max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;
const GENERATION_COUNTS = ['candidateCount', 'maxOutputTokens'] as const;
type Counts = Partial<
  Record<(typeof COUNTS)[number] | (typeof GENERATION_COUNTS)[number] | 'inner_max_output_tokens', number>
>;

/** Throws `UnreadableBody` for what a vendor may take for another count: a text, a fraction, less than nothing. */
function checkedCounts(body: JsonBody): Counts {
  const config = generation(body);
  const named: [keyof Counts, unknown][] = [
    ...COUNTS.map((name): [keyof Counts, unknown] => [name, body.get(name)]),
    ...GENERATION_COUNTS.map((name): [keyof Counts, unknown] => [name, config[name]]),
    ['inner_max_output_tokens', config['max_output_tokens']],
  ];
  const counts: Counts = {};
  for (const [name, value] of named) {
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw new UnreadableBody(`${name.replace('inner_', '')} must be a whole number, and not less than 0.`);
    counts[name] = value;
  }
  return counts;
}

function generation(body: JsonBody): Readonly<Record<string, unknown>> {
  const config = body.get('generationConfig') ?? body.get('generation_config');
  return typeof config === 'object' && config !== null ? (config as Readonly<Record<string, unknown>>) : {};
}

function whole(value: unknown, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, max) : undefined;
}
