import type { Operation } from '../paths/classify.ts';
import { usageOf, type Usage } from '../usage/usage.ts';
import type { JsonBody } from './json-body.ts';

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
/** Output of an answer whose length nobody bounded, in tokens. */
const OUTPUT_TOKENS = 1_024;
/** Most answers to one request. */
const CHOICES_MAX = 128;
/** Longest answer that may be asked for, in tokens: more is no model's. */
const OUTPUT_TOKENS_MAX = 2_000_000;

/** The input of a JSON body, in tokens, rather too many than too few. */
function inputOf(body: JsonBody): number {
  const media = body.media.reduce((sum, bytes) => sum + Math.max(TOKENS_PER_MEDIUM, bytes / MEDIA_BYTES_PER_TOKEN), 0);
  return Math.ceil(body.textBytes / BYTES_PER_TOKEN + media);
}

/** What a call with a JSON body may use. */
export function estimateOf({ endpoint, unit }: Operation, body: JsonBody): Estimate {
  const input = inputOf(body);
  if (endpoint === 'embeddings' || endpoint.endsWith('mbedContent') || endpoint === 'batchEmbedContents')
    return { usage: usageOf({ input }), bounded: true };
  const choices = whole(body.get('n'), CHOICES_MAX) ?? whole(generation(body)['candidateCount'], CHOICES_MAX) ?? 1;
  if (unit === 'images') return { usage: usageOf({ input, output_image: choices * IMAGE_TOKENS }), bounded: true };
  if (unit === 'characters') return { usage: spoken(body), bounded: true };
  const asked =
    whole(body.get('max_completion_tokens'), OUTPUT_TOKENS_MAX) ??
    whole(body.get('max_output_tokens'), OUTPUT_TOKENS_MAX) ??
    whole(body.get('max_tokens'), OUTPUT_TOKENS_MAX) ??
    whole(generation(body)['maxOutputTokens'], OUTPUT_TOKENS_MAX);
  return { usage: usageOf({ input, output: (asked ?? OUTPUT_TOKENS) * choices }), bounded: asked !== undefined };
}

/** Tokens of a large image of high quality. */
const IMAGE_TOKENS = 6_240;

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
  return { usage: usageOf({ input, output_image: Math.max(1, choices) * IMAGE_TOKENS }), bounded: true };
}

function generation(body: JsonBody): Readonly<Record<string, unknown>> {
  const config = body.get('generationConfig') ?? body.get('generation_config');
  return typeof config === 'object' && config !== null ? (config as Readonly<Record<string, unknown>>) : {};
}

function whole(value: unknown, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, max) : undefined;
}
