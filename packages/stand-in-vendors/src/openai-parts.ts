import { inputTokens, type Asked } from './script.ts';

/** An error as OpenAI words it. */
export function openaiError(status: number, message: string): unknown {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return { error: { message, type, param: null, code: status === 401 ? 'invalid_api_key' : null } };
}

/** What was used, as the script says or as it is counted. */
export function usageOf(
  { script, body }: Asked,
  prompt: number,
  completion: number,
  style: 'prompt' | 'input',
): unknown {
  if (script.usage !== undefined) return script.usage;
  const input = prompt || inputTokens(body['messages'] ?? body['input'] ?? '');
  const [into, out] = style === 'prompt' ? ['prompt_tokens', 'completion_tokens'] : ['input_tokens', 'output_tokens'];
  return { [into]: input, [out]: completion, total_tokens: input + completion };
}
