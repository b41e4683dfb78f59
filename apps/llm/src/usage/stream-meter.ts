import type { Dialect } from '../paths/dialect.ts';
import { dataOf } from './event-splitter.ts';
import { finishReasonIn, reasonOf } from './finish-reason.ts';
import { anthropicUsage, geminiUsage, interactionUsage, object, openaiUsage } from './reported.ts';
import { lastObjectIn, TAIL_BYTES } from './tail.ts';
import type { Reported } from './usage.ts';

/** The beginning of a text that a model wrote, by the member that it stands in. */
const WRITTEN = /"(?:content|text|delta|partial_json|arguments|thinking|reasoning)":"/g;
/** What an event must contain to be worth parsing. */
const MARKS: Readonly<Record<Dialect, readonly string[]>> = {
  'openai.chat': ['"usage"'],
  'openai.plain': ['"usage"'],
  'openai.responses': ['response.completed', 'response.incomplete', 'response.failed'],
  anthropic: ['message_start', 'message_delta'],
  gemini: ['usageMetadata'],
  'google.predict': [],
  'google.interactions': ['interaction.completed', 'interaction.created', 'total_usage'],
};
const BACKSLASH = 0x5c;

/** Follows one event stream: what it says of its use, how much text it has brought so far, and whether it broke off with an error. */
export class StreamMeter {
  readonly #dialect: Dialect;
  /** The client did not ask for the event that tells the usage, so it is not shown. */
  readonly #hidesUsage: boolean;
  /** Members of the usage as they came last. */
  #usage: Record<string, unknown> | undefined;
  #tier: unknown;
  /** Of OpenAI's: what the usage stood in. */
  #answer: Readonly<Record<string, unknown>> = {};
  #model: string | undefined;
  /** The end of an event of which only pieces have come. */
  #tail: Buffer | undefined;
  /** Bytes of text that the model wrote. */
  writtenBytes = 0;
  /** The usage stands for all of the answer, not for a part of it. */
  complete = false;
  /** When the first of it came, on the clock of `performance.now()`. */
  firstTextMs: number | undefined;
  /** Why the model stopped, as it was said last. */
  finishReason: string | undefined;
  /** An event said that the answer failed. */
  failed = false;

  constructor(dialect: Dialect, hidesUsage: boolean) {
    this.#dialect = dialect;
    this.#hidesUsage = hidesUsage;
  }

  /** What the stream has said of its use; `undefined` where it has said nothing. */
  get reported(): Reported | undefined {
    if (this.#usage === undefined) return undefined;
    if (this.#dialect === 'anthropic') return anthropicUsage(this.#usage);
    if (this.#dialect === 'google.interactions') return interactionUsage(this.#usage, this.#tier);
    return this.#dialect === 'gemini' ? geminiUsage(this.#usage) : openaiUsage(this.#usage, this.#answer);
  }

  get model(): string | undefined {
    return this.#model;
  }

  /** Reads an event, or a piece of one that is too long to be read. False where the client is not to see it. */
  saw(event: Buffer): boolean {
    // One character for each byte: all that is searched for is ASCII, and a string is searched faster than bytes are.
    const text = event.toString('latin1');
    const whole = isWhole(text);
    if (this.#tail !== undefined || !whole) this.#sawPiece(event, whole);
    this.#countWritten(text);
    if (this.writtenBytes > 0) this.firstTextMs ??= performance.now();
    this.finishReason = finishReasonIn(this.#dialect, text) ?? this.finishReason;
    if (text.includes('"error"') || text.includes('response.failed')) this.#readError(event);
    if (!MARKS[this.#dialect].some((mark) => text.includes(mark))) return true;
    const data = parsed(event);
    if (data === undefined) return true;
    this.#read(data);
    const onlyUsage = Array.isArray(data['choices']) && data['choices'].length === 0 && isObject(data['usage']);
    return !(this.#hidesUsage && onlyUsage);
  }

  /** Of what is too long the end is looked at, where the usage stands: an image in an event is followed by what it cost. */
  #sawPiece(piece: Buffer, last: boolean): void {
    const bytes = Buffer.concat([this.#tail ?? Buffer.alloc(0), piece]).subarray(-TAIL_BYTES);
    this.#tail = last ? undefined : bytes;
    if (this.#tail !== undefined) return;
    const usage = lastObjectIn(bytes, this.#dialect === 'gemini' ? 'usageMetadata' : 'usage');
    if (usage === undefined) return;
    if (this.#dialect === 'gemini') this.#merge(usage);
    else if (this.#dialect.startsWith('openai.')) this.#take(usage, { tool_usage: lastObjectIn(bytes, 'tool_usage') });
    this.complete = true;
  }

  #read(data: Record<string, unknown>): void {
    switch (this.#dialect) {
      case 'openai.chat':
      case 'openai.plain':
        this.#take(data['usage'], data);
        this.complete ||= isObject(data['usage']);
        return;
      case 'openai.responses': {
        const response = object(data['response']);
        this.#take(response['usage'], response);
        this.finishReason = reasonOf(response['status'], response['incomplete_details']);
        this.complete = true;
        return;
      }
      case 'anthropic': {
        const message = object(data['message']);
        this.#merge(data['type'] === 'message_start' ? message['usage'] : data['usage']);
        if (typeof message['model'] === 'string') this.#model = message['model'];
        this.complete ||= data['type'] === 'message_delta';
        return;
      }
      case 'google.interactions': {
        const interaction = object(data['interaction']);
        this.#merge(interaction['usage'] ?? object(data['metadata'])['total_usage']);
        if (typeof interaction['model'] === 'string') this.#model = interaction['model'];
        if (data['event_type'] !== 'interaction.completed') return;
        this.#tier = interaction['service_tier'];
        this.finishReason = reasonOf(interaction['status'], undefined);
        this.failed ||= interaction['status'] === 'failed';
        this.complete = true;
        return;
      }
      case 'google.predict':
        return;
      case 'gemini':
        this.#merge(data['usageMetadata']);
        if (typeof data['modelVersion'] === 'string') this.#model = data['modelVersion'];
        this.complete ||= JSON.stringify(data['candidates'] ?? '').includes('"finishReason"');
    }
  }

  #take(usage: unknown, answer: Readonly<Record<string, unknown>>): void {
    if (!isObject(usage)) return;
    this.#usage = usage;
    this.#answer = answer;
    if (typeof answer['model'] === 'string') this.#model = answer['model'];
  }

  /** Counts are cumulative; what a later event leaves out, or says to be null, stays. */
  #merge(usage: unknown): void {
    const known = Object.entries(object(usage)).filter(([, value]) => value !== null);
    if (known.length > 0) this.#usage = { ...this.#usage, ...Object.fromEntries(known) };
  }

  #readError(event: Buffer): void {
    const data = parsed(event) ?? {};
    this.failed ||= isObject(data['error']) || data['type'] === 'error' || data['type'] === 'response.failed';
  }

  #countWritten(event: string): void {
    WRITTEN.lastIndex = 0;
    while (WRITTEN.test(event)) {
      const start = WRITTEN.lastIndex;
      const end = endOfText(event, start);
      this.writtenBytes += end - start;
      WRITTEN.lastIndex = end;
    }
  }
}

/** A blank line ends an event. */
function isWhole(event: string): boolean {
  return event.endsWith('\n\n') || event.endsWith('\n\r\n') || event.endsWith('\r\r');
}

function endOfText(event: string, start: number): number {
  for (let at = event.indexOf('"', start); at !== -1; at = event.indexOf('"', at + 1)) {
    let slashes = 0;
    while (at - 1 - slashes >= start && event.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return event.length;
}

function parsed(event: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(dataOf(event) ?? '');
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
