import { anthropicBatches } from './batches.ts';
import { collections } from './collections.ts';
import { files } from './kept.ts';
import { inputTokens, json, spoken, stream, type Asked } from './script.ts';

/** Anthropic's API. */
export function anthropic(asked: Asked): Promise<void> | void {
  if (asked.path.startsWith('/v1/files'))
    return files(asked, asked.path.slice('/v1/'.length), anthropicError(404, 'File not found'), true);
  if (collections(asked, asked.path.slice('/v1/'.length), anthropicError(404, 'Skill not found'))) return undefined;
  const batches = /^\/v1\/messages\/batches(\/.*)?$/.exec(asked.path);
  if (batches !== null) return anthropicBatches(asked, batches[1] ?? '', anthropicError(404, 'Batch not found'));
  switch (`${asked.method} ${asked.path}`) {
    case 'POST /v1/messages':
      return messages(asked);
    case 'POST /v1/messages/count_tokens':
      return json(asked, { input_tokens: inputTokens(asked.body['messages']) });
    case 'GET /v1/models':
      return json(asked, {
        data: ['claude-sonnet-4-5', 'claude-haiku-4-5'].map((id) => ({
          type: 'model',
          id,
          display_name: 'Claude',
          created_at: '2025-01-01T00:00:00Z',
        })),
        has_more: false,
        first_id: 'claude-sonnet-4-5',
        last_id: 'claude-haiku-4-5',
      });
    default:
      return json(asked, anthropicError(404, 'Not found'), 404);
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

export function anthropicError(status: number, message: string): unknown {
  return { type: 'error', error: { type: TYPES[status] ?? 'api_error', message }, request_id: 'req_1' };
}

function messages(asked: Asked): Promise<void> | void {
  const { body, script } = asked;
  const { text, parts } = spoken(script, 'Hello from the stand-in for Anthropic.');
  const counted = { input_tokens: inputTokens(body['messages']), output_tokens: parts.length };
  const usage = script.usage === undefined ? counted : script.usage;
  const [tool] = Array.isArray(body['tools']) ? (body['tools'] as { name?: string }[]) : [];
  const block = script.tool
    ? { type: 'tool_use', id: 'toolu_1', name: tool?.name ?? 'tool', input: { city: 'Paris' } }
    : { type: 'text', text };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content: [block],
    stop_reason: script.tool ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage,
    ...script.more,
  };
  if (body['stream'] !== true) return json(asked, message);
  const named = (name: string, data: object) => ({ name, data: { type: name, ...data } });
  const begun = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const start = script.tool ? { ...block, input: {} } : { type: 'text', text: '' };
  const deltas = script.tool
    ? [{ type: 'input_json_delta', partial_json: '{"city":"Paris"}' }]
    : parts.map((each) => ({ type: 'text_delta', text: each }));
  const output = (usage as { output_tokens?: number } | null)?.output_tokens ?? 0;
  const events = [
    named('message_start', { message: begun }),
    named('content_block_start', { index: 0, content_block: start }),
    { name: 'ping', data: { type: 'ping' } },
    ...deltas.map((delta) => named('content_block_delta', { index: 0, delta })),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: output },
    }),
    named('message_stop', {}),
  ];
  return stream(asked, events, { name: 'error', data: anthropicError(529, 'Overloaded') });
}
