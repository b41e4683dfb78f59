/** Room that a buffer begins with, in bytes. */
const BYTES_FIRST = 65_536;
const ASCII_MAX = 0x7f;
const DIGIT_ZERO = 0x30;
/** Largest number whose digits are written one by one, and how many it has. */
const COUNTED_MAX = 999_999_999;
const DIGITS_MAX = 9;

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

  /** The same for a short piece, which is as a rule ASCII: byte by byte, as a call into the runtime would cost more. */
  addShort(text: string): void {
    if (this.#used + text.length > this.#bytes.length) this.#grow(text.length);
    const bytes = this.#bytes;
    let at = this.#used;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > ASCII_MAX) {
        this.add(text);
        return;
      }
      bytes[at] = code;
      at += 1;
    }
    this.#used = at;
  }

  /** A whole number in decimal digits. */
  addNumber(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > COUNTED_MAX) {
      this.add(String(value));
      return;
    }
    if (this.#used + DIGITS_MAX > this.#bytes.length) this.#grow(DIGITS_MAX);
    let digits = 1;
    for (let bound = 10; bound <= value; bound *= 10) digits += 1;
    let rest = value;
    for (let at = this.#used + digits - 1; at >= this.#used; at -= 1) {
      const higher = Math.floor(rest / 10);
      this.#bytes[at] = DIGIT_ZERO + rest - higher * 10;
      rest = higher;
    }
    this.#used += digits;
  }

  /** The text, after which the buffer is empty. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.#used);
    this.#used = 0;
    return text;
  }

  /** The same as bytes, for what is written to a stream: as text it would be encoded once more. */
  takeBytes(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
    return bytes;
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
