/** Longest name or value that is read, in bytes. */
const VALUE_BYTES_MAX = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** Reads some members of a JSON object while its bytes pass, and keeps nothing of the others: for answers that are too long to be held. */
export class MemberWatch {
  readonly #wanted: ReadonlySet<string>;
  readonly #found = new Map<string, unknown>();
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** A name of a top-level member is next. */
  #beforeName = false;
  #name: unknown;
  /** What is read at the moment: the pieces of earlier chunks, and where it begins in this one. */
  #pieces: Buffer[] | undefined;
  #bytes = 0;
  #from = 0;

  constructor(members: readonly string[]) {
    this.#wanted = new Set(members);
  }

  push(chunk: Buffer): void {
    this.#from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#inString) this.#insideString(byte, chunk, at);
      else this.#outside(byte, chunk, at);
    }
    this.#keep(chunk.subarray(this.#from));
  }

  /** The value of a member that has passed whole; `undefined` where it has not, or is too long. */
  get(member: string): unknown {
    return this.#found.get(member);
  }

  #insideString(byte: number, chunk: Buffer, at: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#depth === 1 && this.#beforeName) this.#name = this.#read(chunk, at + 1);
    }
  }

  #outside(byte: number, chunk: Buffer, at: number): void {
    if (byte === QUOTE) {
      this.#inString = true;
      if (this.#depth === 1 && this.#beforeName) this.#begin(at);
    } else if (OPEN.has(byte)) {
      this.#depth += 1;
      if (this.#depth === 1) this.#beforeName = true;
    } else if (CLOSE.has(byte)) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#endValue(chunk, at);
    } else if (this.#depth === 1 && byte === COLON) {
      this.#beforeName = false;
      if (typeof this.#name === 'string' && this.#wanted.has(this.#name)) this.#begin(at + 1);
    } else if (this.#depth === 1 && byte === COMMA) {
      this.#endValue(chunk, at);
      this.#beforeName = true;
    }
  }

  #begin(at: number): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#from = at;
  }

  #endValue(chunk: Buffer, end: number): void {
    const value = this.#read(chunk, end);
    if (value !== undefined && typeof this.#name === 'string') this.#found.set(this.#name, value);
    this.#name = undefined;
  }

  /** What was read up to here; `undefined` where nothing was, or it is no JSON. */
  #read(chunk: Buffer, end: number): unknown {
    this.#keep(chunk.subarray(this.#from, end));
    const pieces = this.#pieces;
    this.#pieces = undefined;
    if (pieces === undefined) return undefined;
    try {
      return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
    } catch {
      return undefined;
    }
  }

  #keep(piece: Buffer): void {
    if (this.#pieces === undefined) return;
    this.#bytes += piece.length;
    if (this.#bytes > VALUE_BYTES_MAX) this.#pieces = undefined;
    else this.#pieces.push(piece);
  }
}
