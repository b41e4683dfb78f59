import { openaiBatches } from './batches.ts';
import { collections } from './collections.ts';
import { conversations, files, keep, name, removeKept, responsesOf, shownKept } from './kept.ts';
import { openaiError, usageOf } from './openai-parts.ts';
import { responses } from './responses.ts';
import { inputTokens, json, spoken, stream, type Asked } from './script.ts';

/** OpenAI's API; Azure's is the same behind other paths. */
export function openai(asked: Asked): Promise<void> | void {
  const call = asked.path
    .replace(/^\/(?:openai\/)?(?:v1|v1beta\/openai|deployments\/[^/]+)\//, '')
    .replace(/^\/openai\//, '');
  const [collection] = call.split('/');
  if (collection === 'files') return files(asked, call, openaiError(404, 'No such File object'));
  if (collection === 'batches') return openaiBatches(asked, call, openaiError(404, 'No such batch or file'));
  if (collection === 'conversations') return conversations(asked, call, openaiError(404, 'No such conversation'));
  if (collections(asked, call, openaiError(404, 'Nothing of that id'))) return undefined;
  if (/^chat\/completions\/./.test(call)) return completions(asked, call);
  switch (`${asked.method} ${call}`) {
    case 'POST chat/completions':
      return chat(asked);
    case 'POST completions':
      return json(asked, completion(asked));
    case 'POST responses':
      return responses(asked);
    case 'POST embeddings':
      return json(asked, embeddings(asked));
    case 'POST moderations':
      return json(asked, { id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: false }] });
    case 'POST responses/input_tokens':
      return json(asked, { object: 'response.input_tokens', input_tokens: inputTokens(asked.body) });
    case 'POST images/variations':
    case 'POST images/generations':
      return json(asked, {
        created: 1,
        data: [{ b64_json: 'aGVsbG8=' }],
        usage: usageOf(asked, 10, 100, 'input'),
        ...asked.script.more,
      });
    case 'POST audio/transcriptions':
    case 'POST audio/translations':
      return json(asked, { text: 'hello', usage: asked.script.usage ?? { type: 'duration', seconds: 12 } });
    case 'POST audio/speech':
      asked.response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(1_000, 1));
      return undefined;
    case 'GET models':
      return json(asked, { object: 'list', data: ['gpt-4o', 'gpt-4o-mini'].map(model) });
    default:
      if (asked.method === 'GET' && /^models\/[^/]+$/.test(call))
        return json(asked, model(call.slice('models/'.length)));
      if (collection === 'responses') return responsesOf(asked, call, openaiError(404, 'Response not found'));
      return json(asked, openaiError(404, 'Unknown request URL'), 404);
  }
}

const model = (id: string) => ({ id, object: 'model', created: 1, owned_by: 'stand-in' });

const FAILED = { data: openaiError(500, 'The model failed.') };

function chat(asked: Asked): Promise<void> | void {
  const { body, script } = asked;
  const { text, parts } = spoken(script, 'Hello from the stand-in for OpenAI.');
  const base = {
    id: body['store'] === true ? `chatcmpl-${name()}` : 'chatcmpl-1',
    created: 1,
    model: body['model'],
    service_tier: 'default',
    ...script.more,
  };
  const usage = usageOf(asked, 0, parts.length, 'prompt');
  const [tool] = Array.isArray(body['tools']) ? (body['tools'] as { function?: { name?: string } }[]) : [];
  const calls = [
    {
      index: 0,
      id: 'call_1',
      type: 'function',
      function: { name: tool?.function?.name ?? 'tool', arguments: '{"city":"Paris"}' },
    },
  ];
  if (body['store'] === true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
    keep(base.id, { ...base, object: 'chat.completion', choices, messages: body['messages'] });
  }
  if (body['stream'] !== true) {
    const message = script.tool
      ? { role: 'assistant', content: null, tool_calls: calls }
      : { role: 'assistant', content: text };
    const finish = script.tool ? 'tool_calls' : 'stop';
    return json(asked, {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: finish }],
      usage,
    });
  }
  const options = body['stream_options'] as { include_usage?: boolean } | undefined;
  const told = options?.include_usage === true;
  const chunk = (choices: unknown[], more: object = told ? { usage: null } : {}) => ({
    data: { ...base, object: 'chat.completion.chunk', choices, ...more },
  });
  const deltas = script.tool ? [{ tool_calls: calls }] : parts.map((content) => ({ content }));
  const events = [
    chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: script.tool ? 'tool_calls' : 'stop' }]),
    ...(told && usage !== null ? [chunk([], { usage })] : []),
  ];
  return stream(asked, events, FAILED, 'data: [DONE]\n\n');
}

/** The older API, which continues a text. */
function completion(asked: Asked): object {
  const { text, parts } = spoken(asked.script, 'Hello from the stand-in for OpenAI.');
  return {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1,
    model: asked.body['model'],
    choices: [{ index: 0, text, finish_reason: 'stop' }],
    usage: usageOf(asked, 1, parts.length, 'prompt'),
  };
}

/** Completions that are stored. */
function completions(asked: Asked, call: string): void {
  const [, , id = '', member] = call.split('/');
  const completion = shownKept(id);
  if (completion === undefined) return json(asked, openaiError(404, 'No such completion'), 404);
  const { messages, ...shown } = completion;
  if (member === 'messages') return json(asked, { object: 'list', data: messages, has_more: false });
  if (asked.method === 'DELETE') {
    removeKept(id);
    return json(asked, { id, object: 'chat.completion.deleted', deleted: true });
  }
  keep(id, { ...completion, ...asked.body });
  return json(asked, { ...shown, ...asked.body });
}

function embeddings({ body, script }: Asked): unknown {
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const vector = [0.25, -0.5, 1];
  const embedding =
    body['encoding_format'] === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
  const used = script.usage ?? { prompt_tokens: inputTokens(inputs), total_tokens: inputTokens(inputs) };
  return {
    object: 'list',
    model: body['model'],
    data: inputs.map((_input, index) => ({ object: 'embedding', index, embedding })),
    usage: used,
  };
}
