import { usageOf, type Reported } from './usage.ts';

/**
 * The usage objects of the vendors in our units. What each vendor counts inside what differs: OpenAI and Google count what was cached inside
 * the prompt, Anthropic beside it; OpenAI counts reasoning inside the output, Google beside it.
 */

type Json = Readonly<Record<string, unknown>>;

/** OpenAI's chat completions, embeddings, responses, images and transcriptions, and Azure's. `output`: of a response, whose searches stand in no usage. */
export function openaiUsage(usage: Json, tier?: unknown, output?: unknown): Reported {
  const inDetails = object(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const outDetails = object(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  const prompt = count(usage['prompt_tokens'] ?? usage['input_tokens']);
  const completion = count(usage['completion_tokens'] ?? usage['output_tokens']);
  const cacheRead = count(inDetails['cached_tokens']);
  const cacheWrite = count(inDetails['cache_write_tokens']);
  const inputAudio = count(inDetails['audio_tokens']);
  const inputImage = count(inDetails['image_tokens']);
  const outputAudio = count(outDetails['audio_tokens']);
  const outputImage = count(outDetails['image_tokens']);
  return {
    usage: usageOf({
      input: prompt - cacheRead - cacheWrite - inputAudio - inputImage,
      cache_read: cacheRead,
      cache_write: cacheWrite,
      input_audio: inputAudio,
      input_image: inputImage,
      output: completion - outputAudio - outputImage,
      output_audio: outputAudio,
      output_image: outputImage,
      searches: searchesIn(output),
      audio_seconds: usage['type'] === 'duration' ? amount(usage['seconds']) : 0,
      reasoning: count(outDetails['reasoning_tokens']),
    }),
    tier: text(tier),
  };
}

/** Searches of the web among the items of a response. To open or to look through what was found is no other one. */
function searchesIn(output: unknown): number {
  const calls = list(output).filter(({ type }) => type === 'web_search_call');
  return calls.filter(({ action }) => (object(action)['type'] ?? 'search') === 'search').length;
}

/** Anthropic's messages. What a compaction used stands beside the sums, in `iterations`. */
export function anthropicUsage(usage: Json): Reported {
  const written = object(usage['cache_creation']);
  const hour = count(written['ephemeral_1h_input_tokens']);
  const compactions = list(usage['iterations']).filter((each) => each['type'] === 'compaction');
  const more = (member: string): number => compactions.reduce((sum, each) => sum + count(each[member]), 0);
  return {
    usage: usageOf({
      input: count(usage['input_tokens']) + more('input_tokens'),
      cache_read: count(usage['cache_read_input_tokens']) + more('cache_read_input_tokens'),
      cache_write: count(usage['cache_creation_input_tokens']) - hour + more('cache_creation_input_tokens'),
      cache_write_1h: hour,
      output: count(usage['output_tokens']) + more('output_tokens'),
      searches: count(object(usage['server_tool_use'])['web_search_requests']),
      reasoning: count(object(usage['output_tokens_details'])['thinking_tokens']),
    }),
    tier: usage['speed'] === 'fast' ? 'fast' : text(usage['service_tier']),
  };
}

/** Google's `usageMetadata`. */
export function geminiUsage(usage: Json): Reported {
  const cached = count(usage['cachedContentTokenCount']);
  const thoughts = count(usage['thoughtsTokenCount']);
  const candidates = count(usage['candidatesTokenCount']);
  const inputAudio = ofModality(usage['promptTokensDetails'], 'AUDIO');
  const outputAudio = ofModality(usage['candidatesTokensDetails'], 'AUDIO');
  const outputImage = ofModality(usage['candidatesTokensDetails'], 'IMAGE');
  return {
    usage: usageOf({
      input: count(usage['promptTokenCount']) - cached - inputAudio + count(usage['toolUsePromptTokenCount']),
      cache_read: cached,
      input_audio: inputAudio,
      output: candidates + thoughts - outputAudio - outputImage,
      output_audio: outputAudio,
      output_image: outputImage,
      reasoning: thoughts,
    }),
    tier: undefined,
  };
}

/** Google's interactions. What was thought and what tools brought in stands beside, as in `usageMetadata`. */
export function interactionUsage(usage: Json, tier?: unknown): Reported {
  const cached = count(usage['total_cached_tokens']);
  const thoughts = count(usage['total_thought_tokens']);
  const inputAudio = ofModality(usage['input_tokens_by_modality'], 'AUDIO', 'tokens');
  const outputAudio = ofModality(usage['output_tokens_by_modality'], 'AUDIO', 'tokens');
  const outputImage = ofModality(usage['output_tokens_by_modality'], 'IMAGE', 'tokens');
  const searches = list(usage['grounding_tool_count']).filter(({ type }) => type === 'google_search');
  return {
    usage: usageOf({
      input: count(usage['total_input_tokens']) - cached - inputAudio + count(usage['total_tool_use_tokens']),
      cache_read: cached,
      input_audio: inputAudio,
      output: count(usage['total_output_tokens']) + thoughts - outputAudio - outputImage,
      output_audio: outputAudio,
      output_image: outputImage,
      searches: searches.reduce((sum, each) => sum + count(each['count']), 0),
      reasoning: thoughts,
    }),
    tier: text(tier),
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
