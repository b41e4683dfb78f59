import { ConnectionError } from './errors.ts';

/** One server-sent event. */
export interface ServerSentEvent {
  /** `message` unless the server named it. */
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** Longest event that is put together, in characters; a longer one ends the stream with an error. */
const EVENT_CHARS_MAX = 4 * 1024 * 1024;

/** The events of an answer, as they arrive (WHATWG HTML §9.2.6). Leaving the loop cancels the answer. Comments (heartbeats) are skipped. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } catch (cause) {
    if (cause instanceof ConnectionError) throw cause;
    throw new ConnectionError('The event stream broke off', { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Puts pieces of text together to events. An event that its stream breaks off is dropped. */
class EventParser {
  #text = '';
  #data: string[] = [];
  #event = '';
  #id: string | undefined;

  *push(piece: string): Generator<ServerSentEvent> {
    this.#text += piece;
    if (this.#text.length > EVENT_CHARS_MAX)
      throw new ConnectionError(`An event is longer than ${EVENT_CHARS_MAX} characters`);
    // A carriage return at the end may be the first half of a line's end.
    const ends = /\r\n|\n|\r(?!$)/g;
    let from = 0;
    for (let match = ends.exec(this.#text); match !== null; match = ends.exec(this.#text)) {
      const event = this.#line(this.#text.slice(from, match.index));
      from = match.index + match[0].length;
      if (event !== undefined) yield event;
    }
    this.#text = this.#text.slice(from);
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event === '' ? 'message' : this.#event;
    this.#data = [];
    this.#event = '';
    return data.length === 0 ? undefined : { event, data: data.join('\n'), id: this.#id };
  }
}
