/** Room that a buffer begins with, in bytes. */
const BYTES_FIRST = 65_536;

/**
 * Text put together from many short pieces, as UTF-8. Each piece is copied at once: kept as strings until the whole is written, they would
 * outlive the young generation, and cost the garbage collector more than the copy.
 */
export class TextBuffer {
  #bytes = Buffer.allocUnsafeSlow(BYTES_FIRST);
  #used = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#used;
  }

  add(text: string): void {
    // A UTF-16 code unit takes three bytes at most.
    const bytesMax = text.length * 3;
    if (this.#used + bytesMax > this.#bytes.length) this.#grow(bytesMax);
    this.#used += this.#bytes.write(text, this.#used);
  }

  /** The text, after which the buffer is empty. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.#used);
    this.#used = 0;
    return text;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow((this.#bytes.length + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

/** A string of printable ASCII as JSON. */
export function quoted(text: string): string {
  return text.includes('"') || text.includes('\\') ? JSON.stringify(text) : `"${text}"`;
}
