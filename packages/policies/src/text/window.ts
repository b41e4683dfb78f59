/** Symbols kept before the first one that is still needed: a rule looks at one symbol before a match (`\b`). */
const CONTEXT = 1;
/** Symbols no longer needed that are let go together. */
const TRIM = 4_096;

/**
 * The symbols (code points after normalisation) of a text as far as they are still needed, and where each stands in the text as it was given.
 * Indexes count from the beginning of the text.
 */
export class Window {
  #base = 0;
  #symbols: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];

  /** Index after the last symbol. */
  get end(): number {
    return this.#base + this.#symbols.length;
  }

  append(symbol: number, start: number, end: number): void {
    this.#symbols.push(symbol);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  /** The symbol at an index; -1 outside of what is kept. */
  at(index: number): number {
    return this.#symbols[index - this.#base] ?? -1;
  }

  /** Where the symbol at an index begins in the text that was given, in UTF-16 units. */
  startOf(index: number): number {
    return this.#starts[index - this.#base] ?? 0;
  }

  endOf(index: number): number {
    return this.#ends[index - this.#base] ?? 0;
  }

  /** The normalised text from one index to another. */
  text(from: number, to: number): string {
    let text = '';
    for (let index = from; index < to; index += 1) text += String.fromCodePoint(Math.max(0, this.at(index)));
    return text;
  }

  /** Lets go of what stands before an index. */
  trim(before: number): void {
    const count = before - CONTEXT - this.#base;
    if (count < TRIM) return;
    this.#symbols = this.#symbols.slice(count);
    this.#starts = this.#starts.slice(count);
    this.#ends = this.#ends.slice(count);
    this.#base += count;
  }
}
