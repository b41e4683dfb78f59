import { isHighSurrogate, type Reader, type Sink } from './reader.ts';

const QUOTE = '"';
/** What stands between values. */
const STRUCTURE = new Set(['{', '}', '[', ']', ':', ',']);
const SPACE = new Set([' ', '\t', '\n', '\r']);
/** Longest word outside of strings that is replaced as a whole: no number or literal is longer. */
const WORD_CHARS_MAX = 64;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/**
 * Reads JSON text, such as the arguments of a tool, whole or not: the texts are its strings, unescaped, and what stands between its
 * punctuation. A number is one unit, since half of one that is replaced would leave no JSON.
 */
export class JsonReader implements Reader {
  position = 0;
  readonly #sink: Sink;
  #inString = false;
  /** An escape, or a word outside of strings, that is not complete. */
  #open = '';
  /** The first half of a code point, where it stands and in how many characters. */
  #half: { readonly unit: number; readonly start: number; readonly length: number } | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  read(piece: string): void {
    for (const character of units(piece)) {
      if (!this.#inString) this.#outside(character);
      else if (this.#open !== '') this.#inEscape(character);
      else if (character === '\\') this.#open = character;
      else if (character === QUOTE) this.#closeString();
      else this.#unit(character.charCodeAt(0), 1);
    }
  }

  end(): void {
    if (!this.#inString) return this.#endWord();
    this.#flushHalf();
    for (const character of units(this.#open)) this.#unit(character.charCodeAt(0), 1);
    this.#open = '';
    this.#flushHalf();
  }

  #outside(character: string): void {
    const ends = character === QUOTE || STRUCTURE.has(character) || SPACE.has(character);
    if (!ends) {
      this.#open += character;
      if (this.#open.length >= WORD_CHARS_MAX) this.#endWord();
      return;
    }
    this.#endWord();
    if (SPACE.has(character)) this.#sink.codePoint(character.charCodeAt(0), this.position, this.position + 1);
    else this.#sink.divide(character !== QUOTE);
    this.position += 1;
    this.#inString = character === QUOTE;
  }

  #endWord(): void {
    const word = this.#open;
    const end = this.position + word.length;
    for (const character of word) this.#sink.codePoint(character.codePointAt(0) ?? 0, this.position, end);
    this.position = end;
    this.#open = '';
  }

  #inEscape(character: string): void {
    this.#open += character;
    const kind = this.#open[1];
    if (kind === 'u' && this.#open.length < 6) return;
    const unit = kind === 'u' ? Number.parseInt(this.#open.slice(2), 16) : simpleEscape(kind);
    const length = this.#open.length;
    this.#open = '';
    this.#unit(Number.isNaN(unit) ? 0xfffd : unit, length);
  }

  #closeString(): void {
    this.#flushHalf();
    this.position += 1;
    this.#inString = false;
    this.#sink.divide(true);
  }

  /** A UTF-16 unit that stands in so many characters of the text. */
  #unit(unit: number, length: number): void {
    const half = this.#half;
    if (half !== undefined && unit >= 0xdc00 && unit <= 0xdfff) {
      this.#half = undefined;
      const end = half.start + half.length + length;
      this.#sink.codePoint(0x1_0000 + ((half.unit - 0xd800) << 10) + (unit - 0xdc00), half.start, end);
      this.position = end;
      return;
    }
    this.#flushHalf();
    if (isHighSurrogate(unit)) {
      this.#half = { unit, start: this.position, length };
      return;
    }
    this.#sink.codePoint(unit, this.position, this.position + length);
    this.position += length;
  }

  #flushHalf(): void {
    const half = this.#half;
    if (half === undefined) return;
    this.#half = undefined;
    this.#sink.codePoint(half.unit, half.start, half.start + half.length);
    this.position = half.start + half.length;
  }
}

function simpleEscape(kind: string | undefined): number {
  return (SHORT_ESCAPES[kind ?? ''] ?? kind ?? '').charCodeAt(0);
}

/** UTF-16 units one by one: a piece may end within a code point. */
function units(text: string): Iterable<string> {
  return text.split('');
}
