import { edited, type Edit } from '../rules/edits.ts';

/** An event of a stream (HTML standard, §9.2) of which only the data is changed. */
export class StreamEvent {
  readonly bytes: Buffer;
  /** Its data lines together; empty where it has none. */
  readonly data: string;
  readonly #lines: readonly string[];

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    // Ends of lines keep their places at odd indexes.
    this.#lines = bytes.toString().split(/(\r\n|\n|\r)/);
    this.data = this.#lines.filter(isData).map(dataOf).join('\n');
  }

  /** The event with parts of its data replaced; as it came where there are none. */
  with(edits: readonly Edit[]): Buffer {
    if (edits.length === 0) return this.bytes;
    const data = edited(this.data, edits).split('\n');
    const wasLines = this.#lines.filter(isData).length;
    let at = 0;
    const lines = this.#lines.map((line) => {
      if (!isData(line)) return line;
      at += 1;
      // Strings of JSON hold no line ends, so that an edit changes no number of lines.
      const now = at === wasLines ? data.slice(at - 1).join('\n') : (data[at - 1] ?? '');
      return `${line.slice(0, line.length - dataOf(line).length)}${now}`;
    });
    return Buffer.from(lines.join(''));
  }
}

function isData(line: string): boolean {
  return line.startsWith('data:');
}

function dataOf(line: string): string {
  return line.slice(line[5] === ' ' ? 6 : 5);
}
