/** Where a reader puts what it reads. */
export interface Sink {
  /** A code point, and the span of the given text (UTF-16 units) that is replaced with it. */
  codePoint(codePoint: number, start: number, end: number): void;
  /** One text ends and another begins; no rule looks across. `bare`: what comes is JSON outside of a string. */
  divide(bare: boolean): void;
}

/** Takes a text in pieces and gives its code points, the same for every way of cutting it. */
export interface Reader {
  /** Code points that the piece completes. */
  read(piece: string): void;
  /** The text is at its end. */
  end(): void;
  /** How far the text is read, in UTF-16 units: what stands behind may still become part of something. */
  readonly position: number;
}

/** Whether a UTF-16 unit is the first half of a code point. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Reads a text as it stands. */
export class PlainReader implements Reader {
  position = 0;
  readonly #sink: Sink;
  #half = '';

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  read(piece: string): void {
    const text = this.#half + piece;
    this.#half = '';
    for (let at = 0; at < text.length;) {
      const codePoint = text.codePointAt(at) ?? 0;
      const length = codePoint > 0xffff ? 2 : 1;
      if (at + 1 === text.length && isHighSurrogate(codePoint)) {
        this.#half = text.slice(at);
        return;
      }
      this.#sink.codePoint(codePoint, this.position, this.position + length);
      at += length;
      this.position += length;
    }
  }

  end(): void {
    if (this.#half !== '') this.#sink.codePoint(this.#half.charCodeAt(0), this.position, this.position + 1);
    this.position += this.#half.length;
    this.#half = '';
  }
}
