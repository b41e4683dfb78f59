import { inBackground, isKept, keep, keepItems, name, shownKept } from './kept.ts';
import { openaiError, usageOf } from './openai-parts.ts';
import { json, spoken, stream, type Asked } from './script.ts';

type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** OpenAI's Responses API: makes a response, and keeps it with its items unless it is not to be stored. */
export function responses(asked: Asked): Promise<void> | void {
  const { body, script } = asked;
  const unknown = unknownItem(body['input']);
  if (unknown !== undefined) return json(asked, openaiError(404, `Item with id '${unknown}' not found.`), 404);
  const { text, parts } = spoken(script, 'Hello from the stand-in for OpenAI.');
  const output = callsTool(asked) ? toolCall(asked) : [...codeRuns(asked), message(text)];
  const response = {
    id: `resp_${name()}`,
    object: 'response',
    store: body['store'] !== false,
    created_at: 1,
    model: body['model'],
    status: 'completed',
    service_tier: 'default',
    output,
    usage: usageOf(asked, 0, parts.length, 'input'),
    ...script.more,
  };
  if (response.store) {
    if (body['background'] === true) inBackground(response, script);
    else keep(response.id, response);
    keepItems(response.id, body['input']);
    for (const item of output) keep(item.id, { ...item });
  }
  if (body['stream'] === true) return streamed(asked, response, parts);
  if (body['background'] !== true) return json(asked, response);
  if (script.batch?.lost === true) return void asked.response.destroy();
  return json(asked, shownKept(response.id));
}

function message(text: string): Item {
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { id: `msg_${name()}`, type: 'message', role: 'assistant', status: 'completed', content };
}

/** Code is run in a container that is made for it, where the request has none. */
function codeRuns({ body }: Asked): readonly Item[] {
  const tools = Array.isArray(body['tools']) ? (body['tools'] as { type?: string; container?: unknown }[]) : [];
  const tool = tools.find(({ type }) => type === 'code_interpreter');
  if (tool === undefined) return [];
  const container = typeof tool.container === 'string' ? tool.container : `cntr_${name()}`;
  if (!isKept(container)) keep(container, { id: container, object: 'container', status: 'running' });
  return [{ id: `ci_${name()}`, type: 'code_interpreter_call', code: '1 + 1', container_id: container, outputs: [] }];
}

/** Reasoning comes before a call, and has to come back with it. */
function toolCall({ body }: Asked): readonly Item[] {
  const [tool] = Array.isArray(body['tools']) ? (body['tools'] as { name?: string }[]) : [];
  const call = { call_id: `call_${name()}`, name: tool?.name ?? 'tool', arguments: '{"city":"Paris"}' };
  return [
    { id: `rs_${name()}`, type: 'reasoning', summary: [] },
    { id: `fc_${name()}`, type: 'function_call', ...call, status: 'completed' },
  ];
}

/** A model that has been told what came of its call says something. */
function callsTool({ body, script }: Asked): boolean {
  return script.tool === true && !inputOf(body['input']).some(({ type }) => type === 'function_call_output');
}

/** The first item that is named by its id alone and was never kept. */
function unknownItem(input: unknown): string | undefined {
  const named = inputOf(input).filter(({ type, content }) => type === 'item_reference' || (!type && !content));
  return named.map(({ id }) => String(id)).find((id) => !isKept(id));
}

function inputOf(input: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(input) ? (input as Readonly<Record<string, unknown>>[]) : [];
}

function streamed(
  asked: Asked,
  response: { readonly output: readonly Item[] },
  parts: readonly string[],
): Promise<void> {
  const named = (type: string, data: object) => ({ name: type, data: { type, ...data } });
  const items = response.output.flatMap((item, index) => {
    const at = { item_id: item.id, output_index: index };
    const added = named('response.output_item.added', {
      output_index: index,
      item: { ...item, ...('content' in item && { content: [] }), status: 'in_progress' },
    });
    const done = named('response.output_item.done', { output_index: index, item });
    if (item.type !== 'message') return [added, done];
    const part = { type: 'output_text', text: '', annotations: [] };
    return [
      added,
      named('response.content_part.added', { ...at, content_index: 0, part }),
      ...parts.map((delta) => named('response.output_text.delta', { ...at, content_index: 0, delta })),
      done,
    ];
  });
  const events = [
    named('response.created', { response: { ...response, status: 'in_progress', output: [], usage: null } }),
    ...items,
    named('response.completed', { response }),
  ].map(({ name: event, data }, index) => ({ name: event, data: { ...data, sequence_number: index } }));
  const failed = {
    name: 'error',
    data: { type: 'error', code: 'server_error', message: 'The model failed.', param: null, sequence_number: 9 },
  };
  return stream(asked, events, failed);
}
