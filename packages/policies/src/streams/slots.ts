import type { TextForm } from '../rules/text-scan.ts';

/** In which shape a stream brings its texts. */
export type StreamDialect = 'openai.chat' | 'openai.responses' | 'anthropic' | 'gemini' | 'google.interactions';

/** A text of which an event brings a piece. */
export interface Slot {
  /** Names the text within its stream. */
  readonly channel: string;
  readonly form: TextForm;
}

type Path = readonly (string | number)[];
type Data = Readonly<Record<string, unknown>>;

/** The text that a string of an event is a piece of; `undefined` for a string that is whole. */
export function slotOf(dialect: StreamDialect, data: unknown, path: Path): Slot | undefined {
  return SLOTS[dialect](object(data), path);
}

/** Names, up to where they differ, of the texts that end with an event. */
export function endedBy(dialect: StreamDialect, event: unknown): readonly string[] {
  const data = object(event);
  switch (dialect) {
    case 'openai.chat':
      return choicesOf(data['choices'], ({ finish_reason: reason }) => reason).map((index) => `choice ${index} `);
    case 'gemini':
      return choicesOf(data['candidates'], ({ finishReason: reason }) => reason).map((index) => `candidate ${index} `);
    case 'anthropic':
      return data['type'] === 'content_block_stop' ? [`block ${scalar(data['index'])} `] : [];
    case 'google.interactions':
      return data['event_type'] === 'step.stop' ? [`step ${scalar(data['index'])} `] : [];
    case 'openai.responses': {
      const type = scalar(data['type']);
      return type.endsWith('.done') ? [`${type.slice(0, -5)} ${partOf(data)} `] : [];
    }
  }
}

const SLOTS: Readonly<Record<StreamDialect, (data: Data, path: Path) => Slot | undefined>> = {
  'openai.chat': (data, path) => {
    const [list, at, ...rest] = path;
    if (list !== 'choices' || typeof at !== 'number') return undefined;
    const name = `choice ${indexOf(data['choices'], at)} `;
    const [delta, member, tool, ...inTool] = rest;
    // The older API of completions has no deltas.
    if (delta === 'text' && rest.length === 1) return { channel: `${name}text`, form: 'plain' };
    if (delta !== 'delta') return undefined;
    if (member === 'tool_calls' && typeof tool === 'number' && inTool.at(-1) !== 'name') {
      const calls = object(object(arrayAt(data['choices'], at))['delta'])['tool_calls'];
      const form = inTool.at(-1) === 'arguments' ? 'json' : 'plain';
      return { channel: `${name}tool ${indexOf(calls, tool)} ${String(inTool.at(-1))}`, form };
    }
    if (member === 'function_call')
      return tool === 'arguments' ? { channel: `${name}function`, form: 'json' } : undefined;
    return { channel: `${name}${rest.slice(1).join('/')}`, form: 'plain' };
  },
  'openai.responses': (data, path) => {
    const type = scalar(data['type']);
    if (path.length !== 1 || path[0] !== 'delta' || !type.endsWith('.delta')) return undefined;
    return { channel: `${type.slice(0, -6)} ${partOf(data)} `, form: type.includes('arguments') ? 'json' : 'plain' };
  },
  anthropic: (data, path) => {
    const [delta, member] = path;
    if (delta !== 'delta' || data['type'] !== 'content_block_delta' || path.length !== 2) return undefined;
    const form = member === 'partial_json' ? 'json' : 'plain';
    return { channel: `block ${scalar(data['index'])} ${String(member)}`, form };
  },
  gemini: (data, path) => {
    const [list, at, content, parts, part, member] = path;
    if (list !== 'candidates' || typeof at !== 'number' || content !== 'content' || parts !== 'parts') return undefined;
    if (member !== 'text' || typeof part !== 'number') return undefined;
    const candidate = object(arrayAt(data['candidates'], at));
    const thought = object(arrayAt(object(candidate['content'])['parts'], part))['thought'] === true;
    return { channel: `candidate ${indexOf(data['candidates'], at)} ${thought ? 'thought' : 'text'}`, form: 'plain' };
  },
  'google.interactions': (data, path) => {
    const [delta, ...rest] = path;
    const member = rest.at(-1);
    if (delta !== 'delta' || data['event_type'] !== 'step.delta') return undefined;
    if (member !== 'text' && member !== 'arguments') return undefined;
    const { type } = object(data['delta']);
    const form = member === 'arguments' ? 'json' : 'plain';
    return { channel: `step ${scalar(data['index'])} ${scalar(type)} ${rest.join('/')}`, form };
  },
};

/** A part of a response is one of an item, which has a place in the output. */
function partOf(data: Data): string {
  return `${scalar(data['output_index'])} ${scalar(data['content_index'] ?? data['summary_index'])}`;
}

function choicesOf(list: unknown, reasonOf: (choice: Data) => unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((_, at) => {
    const reason = reasonOf(object(list[at]));
    return reason === undefined || reason === null ? [] : [indexOf(list, at)];
  });
}

/** The `index` that an element of a list says of itself; its place where it says none. */
function indexOf(list: unknown, at: number): string {
  return scalar(object(arrayAt(list, at))['index'] ?? at);
}

function arrayAt(list: unknown, at: number): unknown {
  return Array.isArray(list) ? (list[at] as unknown) : undefined;
}

function object(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {};
}

function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
