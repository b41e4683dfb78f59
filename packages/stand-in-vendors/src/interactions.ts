import { googleError } from './google-parts.ts';
import { isKept, keep, name, removeKept, shownKept } from './kept.ts';
import { inputTokens, json, spoken, stream, type Asked } from './script.ts';

/** Google's interactions. `call`: the path behind the version. */
export function interactions(asked: Asked, call: string): Promise<void> | void {
  const [, id, member] = call.split('/');
  if (id === undefined) return make(asked);
  const interaction = shownKept(id);
  if (interaction === undefined) return json(asked, googleError(404, 'Interaction not found'), 404);
  if (asked.method === 'DELETE') {
    removeKept(id);
    return json(asked, {});
  }
  return json(asked, member === 'cancel' ? { ...interaction, status: 'cancelled' } : interaction);
}

function make(asked: Asked): Promise<void> | void {
  const { body, script } = asked;
  const previous = body['previous_interaction_id'];
  if (previous !== undefined && !(typeof previous === 'string' && isKept(previous)))
    return json(asked, googleError(404, 'Interaction not found'), 404);
  const { text, parts } = spoken(script, 'Hello from the stand-in for Google.');
  const input = inputTokens(body['input']);
  const counted = {
    total_input_tokens: input,
    total_output_tokens: parts.length,
    total_tokens: input + parts.length,
  };
  const usage = script.usage === undefined ? counted : script.usage;
  const step = script.tool
    ? { type: 'function_call', id: 'call_1', name: 'weather', arguments: { city: 'Paris' } }
    : { type: 'model_output', content: [{ type: 'text', text }] };
  const interaction = {
    id: `int_${name()}`,
    object: 'interaction',
    model: body['model'],
    status: script.tool ? 'requires_action' : 'completed',
    created: '2026-01-01T00:00:00Z',
    steps: [step],
    ...(usage !== null && { usage }),
    ...script.more,
  };
  if (body['store'] !== false) keep(interaction.id, interaction);
  if (body['stream'] !== true) return json(asked, interaction);
  const { steps: _steps, usage: _usage, ...begun } = interaction;
  const deltas = script.tool
    ? [{ type: 'arguments_delta', arguments: '{"city":"Paris"}' }]
    : parts.map((each) => ({ type: 'text', text: each }));
  const first = script.tool ? { ...step, arguments: {} } : { ...step, content: [] };
  const named = (event: string, data: object) => ({ name: event, data: { event_type: event, ...data } });
  const events = [
    named('interaction.created', { interaction: { ...begun, status: 'in_progress' } }),
    named('step.start', { index: 0, step: first }),
    ...deltas.map((delta) => named('step.delta', { index: 0, delta })),
    named('step.stop', { index: 0 }),
    named('interaction.completed', { interaction: { ...begun, ...(usage !== null && { usage }) } }),
  ];
  return stream(asked, events, named('error', { error: { code: 'unavailable', message: 'The model is overloaded.' } }));
}
