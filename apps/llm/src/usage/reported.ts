import { addUsage, inputTokens, outputTokens, usageOf, type Reported, type Share, type Usage } from './usage.ts';

/**
 * The usage objects of the vendors in our units. What each vendor counts inside what differs: OpenAI and Google count what was cached inside
 * the prompt, Anthropic beside it; OpenAI counts reasoning inside the output, Google beside it.
 */

type Json = Readonly<Record<string, unknown>>;

/** OpenAI's chat completions, embeddings, responses, images and transcriptions, and Azure's. `answer`: what the usage stands in, which tells more. */
export function openaiUsage(usage: Json, answer: Json = {}): Reported {
  const { output } = answer;
  return {
    usage: { ...openaiTokens(usage), searches: searchesIn(output), file_searches: fileSearchesIn(output) },
    tier: text(answer['service_tier']),
    others: [...imagesIn(answer), ...drawingsIn(answer)],
  };
}

function openaiTokens(usage: Json): Usage {
  const inDetails = object(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const outDetails = object(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const cachedDetails = object(usage['cached_tokens_details'] ?? inDetails['cached_tokens_details']);
  const prompt = count(usage['prompt_tokens'] ?? usage['input_tokens']);
  const completion = count(usage['completion_tokens'] ?? usage['output_tokens']);
  const cached = count(inDetails['cached_tokens'] ?? usage['cached_tokens']);
  const cachedImage = Math.min(cached, count(cachedDetails['cached_image_tokens'] ?? cachedDetails['image_tokens']));
  const cacheWrite = count(inDetails['cache_write_tokens']);
  const inputAudio = count(inDetails['audio_tokens']);
  const inputImage = Math.max(0, count(inDetails['image_tokens']) - cachedImage);
  const outputAudio = count(outDetails['audio_tokens']);
  const outputImage = count(outDetails['image_tokens']);
  return usageOf({
    input: prompt - cached - cacheWrite - inputAudio - inputImage,
    cache_read: cached - cachedImage,
    cache_read_image: cachedImage,
    cache_write: cacheWrite,
    input_audio: inputAudio,
    input_image: inputImage,
    output: completion - outputAudio - outputImage,
    output_audio: outputAudio,
    output_image: outputImage,
    audio_seconds: usage['type'] === 'duration' ? amount(usage['seconds']) : 0,
    reasoning: count(outDetails['reasoning_tokens']),
  });
}

/** Tokens of a large image of high quality. */
export const IMAGE_TOKENS = 6_240;

/** What a model of images did that a response called as a tool: told beside the usage, or as many large images as there are where that is not told. */
function imagesIn({ output, tool_usage: told }: Json): Share[] {
  const usage = object(object(told)['image_gen']);
  if (Object.keys(usage).length > 0) {
    const tokens = openaiTokens(usage);
    return inputTokens(tokens) + outputTokens(tokens) === 0 ? [] : [{ model: undefined, usage: tokens }];
  }
  const images = list(output).filter(({ type, result }) => type === 'image_generation_call' && result !== null).length;
  return images === 0 ? [] : [{ model: undefined, usage: usageOf({ output_image: images * IMAGE_TOKENS }) }];
}

/** What a model took that wrote images as SVG, beside the one that drew what it went by. */
function drawingsIn({ svg_usage: told }: Json): Share[] {
  const usage = object(told);
  return Object.keys(usage).length === 0 ? [] : [{ model: text(usage['model']), usage: openaiTokens(usage) }];
}

/** Searches of the web among the items of a response. To open or to look through what was found is no other one. */
function searchesIn(output: unknown): number {
  const calls = list(output).filter(({ type }) => type === 'web_search_call');
  return calls.filter(({ action }) => (object(action)['type'] ?? 'search') === 'search').length;
}

function fileSearchesIn(output: unknown): number {
  return list(output).filter(({ type }) => type === 'file_search_call').length;
}

/**
 * Anthropic's messages. What a compaction used stands beside the sums, in `iterations`, and so does what another model did that was asked for advice.
 * Where one stepped in for the model that was asked for, the iterations alone tell whose each part is.
 */
export function anthropicUsage(usage: Json): Reported {
  const iterations = list(usage['iterations']);
  const steppedIn = iterations.some(({ type }) => type === 'fallback_message');
  const compactions = iterations.filter(({ type }) => type === 'compaction').map(anthropicTokens);
  const others = iterations.filter(({ type }) => (steppedIn ? type !== 'compaction' : type === 'advisor_message'));
  return {
    usage: {
      ...[...(steppedIn ? [] : [anthropicTokens(usage)]), ...compactions].reduce(addUsage, usageOf({})),
      searches: count(object(usage['server_tool_use'])['web_search_requests']),
      reasoning: count(object(usage['output_tokens_details'])['thinking_tokens']),
    },
    tier: usage['speed'] === 'fast' ? 'fast' : text(usage['service_tier']),
    geo: text(usage['inference_geo']),
    others: others.map((each) => ({ model: text(each['model']), usage: anthropicTokens(each) })),
  };
}

function anthropicTokens(usage: Json): Usage {
  const hour = count(object(usage['cache_creation'])['ephemeral_1h_input_tokens']);
  return usageOf({
    input: count(usage['input_tokens']),
    cache_read: count(usage['cache_read_input_tokens']),
    cache_write: count(usage['cache_creation_input_tokens']) - hour,
    cache_write_1h: hour,
    output: count(usage['output_tokens']),
  });
}

/** Google's `usageMetadata`. */
export function geminiUsage(usage: Json): Reported {
  return googleUsage({
    prompt: count(usage['promptTokenCount']) + count(usage['toolUsePromptTokenCount']),
    cached: count(usage['cachedContentTokenCount']),
    thoughts: count(usage['thoughtsTokenCount']),
    answer: count(usage['candidatesTokenCount']),
    of: (which, modality) => ofModality(usage[GEMINI_DETAILS[which]], modality),
  });
}

/** Google's interactions. What was thought and what tools brought in stands beside, as in `usageMetadata`. */
export function interactionUsage(usage: Json, tier?: unknown): Reported {
  const searches = list(usage['grounding_tool_count']).filter(({ type }) => type === 'google_search');
  const { usage: tokens } = googleUsage({
    prompt: count(usage['total_input_tokens']) + count(usage['total_tool_use_tokens']),
    cached: count(usage['total_cached_tokens']),
    thoughts: count(usage['total_thought_tokens']),
    answer: count(usage['total_output_tokens']),
    of: (which, modality) => ofModality(usage[INTERACTION_DETAILS[which]], modality, 'tokens'),
  });
  return {
    usage: { ...tokens, searches: searches.reduce((sum, each) => sum + count(each['count']), 0) },
    tier: text(tier),
  };
}

const GEMINI_DETAILS = {
  prompt: 'promptTokensDetails',
  cached: 'cacheTokensDetails',
  answer: 'candidatesTokensDetails',
} as const;
const INTERACTION_DETAILS = {
  prompt: 'input_tokens_by_modality',
  cached: 'cached_tokens_by_modality',
  answer: 'output_tokens_by_modality',
} as const;

interface GoogleCounts {
  /** With what was cached and what tools brought in. */
  readonly prompt: number;
  readonly cached: number;
  readonly thoughts: number;
  readonly answer: number;
  /** Tokens of a modality among them. */
  readonly of: (which: keyof typeof GEMINI_DETAILS, modality: string) => number;
}

function googleUsage({ prompt, cached, thoughts, answer, of }: GoogleCounts): Reported {
  // What is cached of a modality is told among the prompt's as well.
  const fresh = (modality: string): number => Math.max(0, of('prompt', modality) - of('cached', modality));
  const [audio, image, video] = [fresh('AUDIO'), fresh('IMAGE'), fresh('VIDEO')];
  const [cachedAudio, cachedImage] = [of('cached', 'AUDIO'), of('cached', 'IMAGE')];
  const [outAudio, outImage, outVideo] = [of('answer', 'AUDIO'), of('answer', 'IMAGE'), of('answer', 'VIDEO')];
  return {
    usage: usageOf({
      input: prompt - cached - audio - image - video,
      cache_read: cached - cachedAudio - cachedImage,
      cache_read_audio: cachedAudio,
      cache_read_image: cachedImage,
      input_audio: audio,
      input_image: image,
      input_video: video,
      output: answer + thoughts - outAudio - outImage - outVideo,
      output_audio: outAudio,
      output_image: outImage,
      output_video: outVideo,
      reasoning: thoughts,
    }),
    tier: undefined,
  };
}

function ofModality(details: unknown, modality: string, member = 'tokenCount'): number {
  return list(details)
    .filter((each) => text(each['modality'])?.toUpperCase() === modality)
    .reduce((sum, each) => sum + count(each[member]), 0);
}

/** A JSON object; an empty one in place of anything else. */
export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A count that a vendor reports; 0 in place of anything else. */
function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
