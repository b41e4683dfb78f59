const LF_LF = Buffer.from('\n\n');
const CR_CR = Buffer.from('\r\r');
/** An empty line that ends in CRLF, whatever ended the line before it. */
const LF_CRLF = Buffer.from('\n\r\n');
const CR = 0x0d;
/** Longest event that is kept until it is whole, in bytes; a longer one passes in pieces, unread. */
const EVENT_BYTES_MAX = 1_048_576;
const NOTHING = Buffer.alloc(0);

/** Cuts the bytes of an event stream (HTML standard, §9.2) into whole events, each with the blank line that ends it. */
export class EventSplitter {
  #rest: Buffer = NOTHING;

  /** The events that `chunk` completes. */
  push(chunk: Buffer): Buffer[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const events: Buffer[] = [];
    for (let end = endOfEvent(bytes); end !== -1; end = endOfEvent(bytes)) {
      events.push(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
    if (bytes.length > EVENT_BYTES_MAX) {
      events.push(bytes);
      bytes = NOTHING;
    }
    this.#rest = bytes;
    return events;
  }

  /** Whether the last event was whole. */
  get between(): boolean {
    return this.#rest.length === 0;
  }

  /** What came of an event that was not ended. */
  rest(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }
}

function endOfEvent(bytes: Buffer): number {
  const plain = after(bytes, LF_LF);
  if (!bytes.includes(CR)) return plain;
  const ends = [plain, after(bytes, LF_CRLF), after(bytes, CR_CR)].filter((end) => end !== -1);
  return ends.length === 0 ? -1 : Math.min(...ends);
}

function after(bytes: Buffer, mark: Buffer): number {
  const at = bytes.indexOf(mark);
  return at === -1 ? -1 : at + mark.length;
}

/** The data of an event; `undefined` where it has none. */
export function dataOf(event: Buffer): string | undefined {
  const lines = event
    .toString()
    // A stream may begin with a byte order mark.
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(line[5] === ' ' ? 6 : 5)).join('\n');
}
